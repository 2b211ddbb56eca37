using System.CommandLine;
using Kdsl.Planning;
using KernelDsl.Backends.Cpu;

namespace Kdsl.Commands;

/// <summary><c>kdsl plan</c>: from config.json alone, what a model takes, how many requests fit, how long a step takes here, and what binds.</summary>
static class PlanCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var flags = new ConfigurationFlags();
        var clients = Flags.Integer("--concurrency", "Requests at once [default: 10]", 1, 1 << 20);
        var input = Flags.Integer("--input", "Tokens of a prompt [default: 61]", 1, 1 << 24);
        var output = Flags.Integer("--output", "Tokens of an answer [default: 512]", 1, 1 << 24);
        var bandwidth = Flags.Size("--bandwidth", "Bytes per second that memory gives, such as 100GB, instead of measuring");
        var command = new Command("plan", "Before loading: memory, how many requests of which length fit, the time of a step, and the bottleneck of a load.");
        flags.AddTo(command);
        foreach (var option in (Option[])[clients, input, output, bandwidth]) command.Add(option);
        command.SetAction(arguments =>
        {
            var read = flags.Read(arguments);
            foreach (string warning in read.Problems.Warnings) Console.Error.WriteLine($"kdsl: warning: {warning}");
            var load = new Load(arguments.GetValue(clients) ?? 10, arguments.GetValue(input) ?? 61, arguments.GetValue(output) ?? 512);
            var options = read.Serve.ModelOptions;
            using var backend = new CpuBackend(options.Threads);
            var plan = ServePlan.Of(options, backend, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
            if (load.Tokens > plan.Footprint.Limits.ContextLength)
                throw new UsageException($"--input {load.Input} and --output {load.Output} are {load.Tokens} tokens; a sequence has at most {plan.Footprint.Limits.ContextLength} here (the model's context, --context-length, or what --kv-memory holds); longer ones need rope_scaling (YaRN) in config.json, or more --kv-memory.");
            var speeds = arguments.GetValue(bandwidth) is { } bytes ? new Speeds(bytes, Bench.Machine.FusedMultiplyAdds(backend.Threads)) : Speeds.Measure(backend.Threads);
            PlanReport.Print(plan, read.Serve, load, speeds, Console.Out);
            plan.RefuseWhatCannotFit(backend, options);
            return 0;
        });
        return command;
    }
}
