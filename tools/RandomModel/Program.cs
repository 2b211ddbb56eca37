using System.CommandLine;
using KernelDsl.Tools.RandomModel;

var output = new Argument<DirectoryInfo>("folder") { Description = "Where the model goes." };
var preset = new Option<string>("--shape") { Description = "The shape.", DefaultValueFactory = static _ => "0.5b" };
preset.AcceptOnlyFromAmong([.. Shape.Presets.Keys]);
var layers = new Option<int?>("--layers") { Description = "Layers, instead of the shape's." };
var seed = new Option<ulong>("--seed") { Description = "Fixes the weights.", DefaultValueFactory = static _ => 1 };
var dtype = new Option<string>("--dtype") { Description = "Element type of the file; INT4: compressed-tensors' pack-quantized in groups of 128, as kdsl quantize writes it.", DefaultValueFactory = static _ => "BF16" };
dtype.AcceptOnlyFromAmong("BF16", "F16", "F32", "INT4");
var tokenizer = new Option<DirectoryInfo?>("--tokenizer") { Description = "Folder whose tokenizer files are copied." };

var command = new RootCommand("Writes a Qwen2 model folder with random weights.") { output, preset, layers, seed, dtype, tokenizer };
command.SetAction(arguments =>
{
    var folder = arguments.GetRequiredValue(output).FullName;
    var shape = Shape.Presets[arguments.GetRequiredValue(preset)];
    if (arguments.GetValue(layers) is { } count) shape = shape with { Layers = count };
    if (arguments.GetRequiredValue(dtype) == "INT4") RandomIntegers.Write(folder, shape, arguments.GetValue(seed));
    else RandomCheckpoint.Write(folder, shape, arguments.GetValue(seed), arguments.GetRequiredValue(dtype));

    string[] files = ["tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt", "added_tokens.json", "special_tokens_map.json"];
    if (arguments.GetValue(tokenizer) is { } source)
        foreach (var file in files.Where(f => File.Exists(Path.Combine(source.FullName, f))))
            File.Copy(Path.Combine(source.FullName, file), Path.Combine(folder, file), overwrite: true);
    Console.WriteLine($"{folder}: {new DirectoryInfo(folder).EnumerateFiles("*.safetensors").Sum(static f => f.Length):N0} bytes");
});
return command.Parse(args).Invoke();
