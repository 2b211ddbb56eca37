using System.CommandLine;
using Kdsl.Bench;
using Kdsl.Bench.Serving;
using Kdsl.Bench.Serving.Output;
using KernelDsl;
using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Model;

namespace Kdsl.Commands;

/// <summary><c>kdsl bench</c>: how a server answers many at once; what this machine makes of the kernels, and of a model's steps, as shares of its limits.</summary>
static class BenchCommand
{
    // Qwen2.5-0.5B's, where no model is given.
    static readonly Qwen2Config _shapes = new()
    {
        VocabularySize = 151936, HiddenSize = 896, IntermediateSize = 4864, Layers = 24, Heads = 14, KvHeads = 2, HeadSize = 64, Epsilon = 1e-6f,
        Rope = new(1e6, null), ContextLength = 32768, TiedEmbeddings = true, StopTokens = [],
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var flags = new ServingFlags();
        var command = new Command("bench", "Measure a server under load, with the flags and tables of MindIE's benchmark; or this machine: kernels, or a model's steps, as shares of the limits measured in the same run.") { Kernels(), Model() };
        flags.AddTo(command);
        command.SetAction((arguments, _) => flags.Explains(arguments) ? Task.FromResult(ExplainMetrics()) : ServeAsync(flags.Read(arguments)));
        return command;
    }

    static int ExplainMetrics()
    {
        Explain.Write(Console.Out);
        return 0;
    }

    static async Task<int> ServeAsync(ServingOptions options)
    {
        // The first signal ends the run with the tables of what was answered.
        using var signals = new StopSignals();
        return await new ServingBench(options, Console.Out, Console.Error, terminal: !Console.IsErrorRedirected).RunAsync(signals.Stop);
    }

    static Command Kernels()
    {
        var model = new Argument<string?>("MODEL") { Description = "Model whose shapes they have; only its configuration is read [default: the shapes of Qwen2.5-0.5B].", Arity = ArgumentArity.ZeroOrOne };
        var (threads, weights) = (Threads(), Weights());
        var filter = Flags.Text("--filter", "Only kernels whose line has this text");
        var command = new Command("kernels", "Each kernel of a step, a line each.") { model, threads, weights, filter };
        command.SetAction(arguments =>
        {
            using var backend = new CpuBackend(arguments.GetValue(threads));
            var config = arguments.GetValue(model) is { } path ? Configuration(path) : _shapes;
            new KernelBench(backend, config, Flags.ParseWeights(arguments.GetValue(weights)) ?? WeightFormat.BFloat16, arguments.GetValue(filter) ?? "", Console.Out).Run();
            return 0;
        });
        return command;
    }

    static Command Model()
    {
        var model = new Argument<string>("MODEL") { Description = "Hugging Face folder of a Qwen2-architecture model, or a .gguf file." };
        var (threads, weights) = (Threads(), Weights());
        var command = new Command("model", "Prefill and decode of a whole model, and its memory.") { model, threads, weights };
        command.SetAction(arguments =>
        {
            using var backend = new CpuBackend(arguments.GetValue(threads));
            ModelBench.Run(ModelFiles.Open(arguments.GetValue(model)!), backend, Flags.ParseWeights(arguments.GetValue(weights)));
            return 0;
        });
        return command;
    }

    static Option<int?> Threads() => Flags.Integer("--threads", "Worker threads [default: the CPUs of this process]", 1, 1024);

    static Option<string?> Weights() => Flags.Weights("--weights", "How the weights are stored: auto, bf16, int8 or int4");

    static Qwen2Config Configuration(string path)
    {
        using var checkpoint = ModelCheckpoint.Open(ModelFiles.Open(path));
        return checkpoint.Config;
    }
}
