using System.CommandLine;
using KernelDsl.Runtime.Model;
using KernelDsl.Tools.Peers.ToGguf;

var folder = new Argument<DirectoryInfo>("folder") { Description = "A Hugging Face folder of the Qwen2 architecture." };
var output = new Argument<FileInfo>("file") { Description = "The GGUF file to write." };
var type = new Option<string>("--type") { Description = "Type of the matrices; norms and biases are f32.", DefaultValueFactory = static _ => "bf16" };
type.AcceptOnlyFromAmong([.. WeightType.All.Select(static t => t.Name)]);

var command = new RootCommand("Converts a Qwen2 folder into a GGUF file for llama.cpp.") { folder, output, type };
command.SetAction(arguments =>
{
    var file = arguments.GetRequiredValue(output);
    try
    {
        Conversion.Run(new FolderFiles(arguments.GetRequiredValue(folder).FullName), file.FullName, WeightType.Named(arguments.GetRequiredValue(type)));
    }
    catch (Exception e) when (e is ModelException or IOException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine($"to-gguf: {e.Message}");
        return 1;
    }

    Console.WriteLine($"{file.FullName}: {new FileInfo(file.FullName).Length:N0} bytes");
    return 0;
});
return command.Parse(args).Invoke();
