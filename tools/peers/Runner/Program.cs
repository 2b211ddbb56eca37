using System.CommandLine;
using KernelDsl.Runtime.Backend;
using KernelDsl.Runtime.Model;
using KernelDsl.Tools.Peers.Runner;
using KernelDsl.Tools.Peers.Runner.Llama;

var threads = new Option<int>("--threads") { Description = "Threads that compute.", DefaultValueFactory = static _ => Environment.ProcessorCount };
var prefills = Numbers("--prefill", "Lengths of prompts.", 128, 512);
var contexts = Numbers("--decode", "Contexts that one sequence decodes at.", 0, 512);
var tokens = new Option<int>("--tokens") { Description = "Steps per context.", DefaultValueFactory = static _ => 64 };
var batches = Numbers("--batch", "Sequences that decode together.", 4, 10, 16);
var batchContext = new Option<int>("--context") { Description = "The context of each of them.", DefaultValueFactory = static _ => 512 };

var longs = Numbers("--long", "Lengths of long prompts, computed once and decoded behind.");

var folder = new Argument<string>("model") { Description = "A Hugging Face folder or a GGUF file." };
var cache = new Option<string?>("--weight-cache") { Description = "Folder where packed weights are kept from start to start." };
var kdsl = new Command("kdsl", "Measures kdsl.") { folder, cache };
kdsl.SetAction(arguments => Measure(arguments, plan => new KdslEngine(arguments.GetRequiredValue(folder), arguments.GetValue(cache), plan.Threads, plan.Sequences, plan.Positions)));

var file = new Argument<string>("file") { Description = "A GGUF file." };
var libraries = new Option<string>("--libraries") { Description = "The folder of libllama and libggml.", Required = true };
var llama = new Command("llama", "Measures llama.cpp.") { file, libraries };
llama.SetAction(arguments => Measure(arguments, plan => new LlamaEngine(arguments.GetRequiredValue(file), Path.GetFullPath(arguments.GetRequiredValue(libraries)), plan.Threads, plan.Positions)));

var root = new RootCommand("Measures one engine in this process and prints one JSON object per line; compare.mjs runs both by turns.") { kdsl, llama };
foreach (var command in root.Subcommands)
    foreach (Option option in (Option[])[threads, prefills, contexts, tokens, batches, batchContext, longs])
        command.Options.Add(option);
return root.Parse(args).Invoke();

int Measure(ParseResult arguments, Func<Plan, IEngine> open)
{
    var plan = new Plan(
        arguments.GetValue(threads), arguments.GetRequiredValue(prefills), arguments.GetRequiredValue(contexts), arguments.GetValue(tokens),
        arguments.GetRequiredValue(batches), arguments.GetValue(batchContext), arguments.GetRequiredValue(longs));
    try
    {
        using var engine = open(plan);
        using var output = Console.OpenStandardOutput();
        var report = new Report(output);
        var measurements = new Measurements(engine, plan, report);
        measurements.Start();
        report.Version(engine.Version);
        measurements.Run();
        return 0;
    }
    catch (Exception e) when (e is ModelException or KernelNotBuiltException or ArgumentException or IOException or InvalidOperationException)
    {
        Console.Error.WriteLine($"peers: {e.Message}");
        return 1;
    }
}

static Option<int[]> Numbers(string name, string description, params int[] values) => new(name)
{
    Description = $"{description} Separated by commas; empty for none.",
    DefaultValueFactory = _ => values,
    CustomParser = result =>
    {
        var parts = result.Tokens[0].Value.Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (Array.Find(parts, static part => !int.TryParse(part, out int value) || value < 0) is not { } wrong)
            return [.. parts.Select(int.Parse)];
        result.AddError($"{name}: '{wrong}' is not a number");
        return [];
    },
};
