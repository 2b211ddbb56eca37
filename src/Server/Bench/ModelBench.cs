using System.Diagnostics;
using KernelDsl;
using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Model;

namespace Kdsl.Bench;

/// <summary>
/// A whole model's steps against the limits measured in the same run: decode reads every weight once a token, prefill multiplies every
/// weight with every token. Prints start, memory and the medians of the ratios.
/// </summary>
static class ModelBench
{
    const int Prompt = 512, Context = 1024, PageSize = 64, Rounds = 5, Decoded = 16;

    /// <summary>Measures a model.</summary>
    /// <param name="format">How its matrices are stored; null: as it has them.</param>
    public static void Run(ModelFiles files, CpuBackend backend, WeightFormat? format)
    {
        var clock = Stopwatch.StartNew();
        int threads = backend.Threads;
        using var checkpoint = ModelCheckpoint.Open(files);
        if (checkpoint.Config.ContextLength < Context)
            throw new UsageException($"this model has {checkpoint.Config.ContextLength} positions; what is measured takes {Context}.");
        using var model = Qwen2Model.Load(checkpoint, backend,
            new KernelDsl.Runtime.Model.ModelOptions { MaxTokens = Prompt, MaxSequences = 1, ContextLength = Context, PageSize = PageSize, Weights = format });
        Console.WriteLine($"{backend.Description}; loaded in {clock.Elapsed.TotalSeconds:F2} s");

        // What a step reads: the head is the embedding when tied, and the embedding itself is a lookup.
        var c = model.Config;
        double layers = (double)c.Layers * c.HiddenSize * (((c.Heads + (2.0 * c.KvHeads)) * c.HeadSize) + (c.Heads * c.HeadSize) + (3.0 * c.IntermediateSize));
        double head = (double)c.VocabularySize * c.HiddenSize;
        double bytesRead = model.DeviceBytes.Weights - (c.TiedEmbeddings ? 0 : 2 * head);
        double attention = 2.0 * c.Layers * c.Heads * c.HeadSize * Prompt * Prompt;

        int[] pages = [.. Enumerable.Range(0, Context / PageSize)];
        int[] tokens = [.. Enumerable.Range(0, Prompt).Select(i => i * 7919 % c.VocabularySize)];
        Prefill(model, tokens, pages);
        Decode(model, pages);
        // Before the limits are measured: their own stream is large.
        long resident = Resident();

        var rows = new List<(double Prefill, double PrefillShare, double Decode, double DecodeShare)>();
        for (int i = 0; i < Rounds; i++)
        {
            double fma = Machine.FusedMultiplyAdds(threads), prefill = Prefill(model, tokens, pages);
            double read = Machine.ReadBandwidth(threads), decode = Decode(model, pages);
            rows.Add((Prompt / prefill, ((2 * layers * Prompt) + (2 * head) + attention) / prefill / fma, 1 / decode, bytesRead / decode / read));
        }

        Console.WriteLine($"prefill {Prompt}: {Median(rows, static r => r.Prefill):F1} token/s, {Median(rows, static r => r.PrefillShare):P1} of fp32 multiply-add peak ({Spread(rows, static r => r.PrefillShare)})");
        Console.WriteLine($"decode at {Prompt}: {Median(rows, static r => r.Decode):F1} token/s, {Median(rows, static r => r.DecodeShare):P1} of read bandwidth ({Spread(rows, static r => r.DecodeShare)})");
        var (weights, cache, activations) = model.DeviceBytes;
        Console.WriteLine($"resident {resident >> 20} MiB = weights {weights >> 20} + KV pool {cache >> 20} + activations {activations >> 20} + {(resident - weights - cache - activations) >> 20} MiB");
    }

    static double Prefill(Qwen2Model model, int[] tokens, int[] pages)
    {
        long start = Stopwatch.GetTimestamp();
        _ = model.Step(new StepInputs { Tokens = tokens, Starts = [0, tokens.Length], Lengths = [tokens.Length], PageTable = pages, PageTableWidth = pages.Length, LogitRows = [tokens.Length - 1] });
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Seconds per token after the prompt.</summary>
    static double Decode(Qwen2Model model, int[] pages)
    {
        long start = Stopwatch.GetTimestamp();
        int token = 1;
        for (int i = 0; i < Decoded; i++)
            token = model.Step(new StepInputs { Tokens = [token], Starts = [0, 1], Lengths = [Prompt + i + 1], PageTable = pages, PageTableWidth = pages.Length, LogitRows = [0] }).ArgMax[0];
        return Stopwatch.GetElapsedTime(start).TotalSeconds / Decoded;
    }

    static double Median<T>(List<T> rows, Func<T, double> value) => rows.Select(value).Order().ElementAt(rows.Count / 2);

    static string Spread<T>(List<T> rows, Func<T, double> value) => $"{rows.Min(value):P0} to {rows.Max(value):P0}";

    static long Resident() => long.Parse(File.ReadLines("/proc/self/status").First(static l => l.StartsWith("VmRSS", StringComparison.Ordinal))
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) << 10;
}
