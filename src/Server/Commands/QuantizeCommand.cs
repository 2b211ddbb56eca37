using System.CommandLine;
using System.Diagnostics;
using KernelDsl;
using KernelDsl.Runtime.Model;

namespace Kdsl.Commands;

/// <summary><c>kdsl quantize</c>: a Hugging Face folder of floats to one of integers.</summary>
static class QuantizeCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "Hugging Face folder of a Qwen2-architecture model with weights in bf16, f16 or f32." };
        var output = new Argument<string>("OUTPUT") { Description = "Folder to write, new or empty: compressed-tensors, pack-quantized." };
        var weights = Flags.Choice("--weights", "Bits of a weight: int8 or int4", "int8", "int4");
        weights.Required = true;
        var group = Flags.Choice("--group", "Inputs that share a scale: 32, 64 or 128 [default: 32]", "32", "64", "128");
        var zeros = Flags.Switch("--zero-points", "A zero point for each group: its range need not be symmetric");

        var command = new Command("quantize", "Write a model with integer weights, for kdsl and other engines.") { model, output, weights, group, zeros };
        command.SetAction(arguments => Run(arguments.GetValue(model)!, arguments.GetValue(output)!, new(
            arguments.GetValue(weights) == "int4" ? WeightEncoding.Int4 : WeightEncoding.Int8,
            int.Parse(arguments.GetValue(group) ?? "32"), arguments.GetValue(zeros))));
        return command;
    }

    static int Run(string model, string output, WeightFormat format)
    {
        var clock = Stopwatch.StartNew();
        var summary = FolderQuantizer.Run(model, output, new() { Format = format, Report = static line => Console.Error.WriteLine($"kdsl: {line}") });
        Console.WriteLine($"{output}: {format}, {clock.Elapsed.TotalSeconds:f0} s");
        Console.WriteLine($"bytes: {summary.Before:N0} before, {summary.After:N0} after ({(double)summary.After / summary.Before:p1})");
        Console.WriteLine($"matrices: {summary.Quantised} rounded, mean relative error {summary.Error:p3}");
        Console.WriteLine($"floats: {summary.Vectors} norms and biases, {string.Join(", ", summary.Floats)}");
        return 0;
    }
}
