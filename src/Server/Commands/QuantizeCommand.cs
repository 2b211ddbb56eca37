using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using KernelDsl;
using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Model;

namespace Kdsl.Commands;

/// <summary><c>kdsl quantize</c>: a Hugging Face folder of floats to one of integers.</summary>
static class QuantizeCommand
{
    const int DefaultTokens = 2048, MostTokens = 16384;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "Hugging Face folder of a Qwen2-architecture model with weights in bf16, f16 or f32." };
        var output = new Argument<string>("OUTPUT") { Description = "Folder to write, new or empty: compressed-tensors, pack-quantized." };
        var weights = Flags.Choice("--weights", "Bits of a weight", "int8", "int4");
        weights.Required = true;
        var group = Flags.Choice("--group", "Inputs that share a scale [default: 32]", "32", "64", "128");
        var zeros = Flags.Switch("--zero-points", "A zero point for each group, whose range need then not be symmetric");
        var text = Flags.File("--calibrate", "Scale channels by how large the model's activations are on this text before weights are rounded (AWQ)");
        var tokens = Flags.Integer("--tokens", $"Most tokens of the text that are read [default: {DefaultTokens}]", CalibrationText.LeastTokens, MostTokens);

        var command = new Command("quantize", "Write a model with integer weights, for kdsl and other engines.") { model, output, weights, group, zeros, text, tokens };
        command.SetAction(arguments => Run(
            arguments.GetValue(model)!, arguments.GetValue(output)!,
            new(
                arguments.GetValue(weights) == "int4" ? WeightEncoding.Int4 : WeightEncoding.Int8,
                int.Parse(arguments.GetValue(group) ?? "32", CultureInfo.InvariantCulture), arguments.GetValue(zeros)),
            arguments.GetValue(text), arguments.GetValue(tokens)));
        return command;
    }

    static int Run(string model, string output, WeightFormat format, string? text, int? tokens)
    {
        if (text is null && tokens is not null)
            throw new UsageException($"--tokens is {tokens}, but there is no text; give one with --calibrate.");
        var clock = Stopwatch.StartNew();
        var ids = text is null ? null : CalibrationFile.Read(text, model, tokens ?? DefaultTokens);
        using var backend = ids is null ? null : new CpuBackend();
        var summary = FolderQuantizer.Run(model, output, new()
        {
            Format = format,
            Calibration = backend is null ? null : new(backend, ids!),
            Report = static line => Console.Error.WriteLine($"kdsl: {line}"),
        });
        Console.WriteLine($"{output}: {format} in {clock.Elapsed.TotalSeconds:f0} s");
        Console.WriteLine($"bytes: {summary.Before:N0} before, {summary.After:N0} after ({(double)summary.After / summary.Before:p1})");
        Console.WriteLine($"integers: {summary.Quantised} matrices, mean relative error of weights {summary.Error:p2}");
        if (summary.OutputError is var (plain, scaled))
            Console.WriteLine($"calibration: mean relative error of outputs on {ids!.Count} tokens {plain:p2} without scales, {scaled:p2} with them");
        Console.WriteLine($"floats: {summary.Vectors} norms and biases, {string.Join(", ", summary.Floats)}");
        return 0;
    }
}
