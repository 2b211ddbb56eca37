using System.Diagnostics;

namespace KernelDsl.Tools.Peers.Runner;

/// <summary>Times an engine, the same way whichever it is. Each result is a median over repeats in this process; the spread over processes is the caller's.</summary>
sealed class Measurements(IEngine engine, Plan plan, Report report)
{
    /// <summary>The prompt before the first token: short, so that the time is that of starting.</summary>
    public const int StartPrompt = 16;

    private const int PrefillRepeats = 3, ReportedLogits = 256;

    /// <summary>The first token; call it as soon as the model is loaded.</summary>
    public void Start()
    {
        var logits = engine.Prefill(Prompt(StartPrompt));
        _ = Likeliest(logits);
        report.Value("start to first token", "s", (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalSeconds);
        // To see that both engines compute the same model.
        report.Logits(logits[..Math.Min(ReportedLogits, logits.Length)]);
    }

    /// <summary>Everything else.</summary>
    public void Run()
    {
        foreach (int length in plan.Prefills)
            Prefill(length);
        foreach (int context in plan.Contexts)
            Decode($"decode at {context}", 1, context);
        foreach (int sequences in plan.Batches)
            Decode($"decode {sequences} at {plan.BatchContext}", sequences, plan.BatchContext);
        foreach (int length in plan.Longs)
            Long(length);
        report.Value("peak memory", "MiB", PeakMemory() / 1024.0);
    }

    private void Prefill(int length)
    {
        engine.Prepare(1, 0);
        var prompt = Prompt(length);
        engine.Prefill(prompt);
        report.Rate($"prefill {length}", length / Median(PrefillRepeats, _ => engine.Prefill(prompt)));
    }

    // A long prompt takes minutes: it is computed once, and decoding goes on behind it.
    private void Long(int length)
    {
        engine.Prepare(1, 0);
        var prompt = Prompt(length);
        report.Rate($"prefill {length}", length / Median(1, _ => engine.Prefill(prompt)));
        Steps($"decode at {length}", 1, length);
    }

    private void Decode(string name, int sequences, int context)
    {
        engine.Prepare(sequences, context);
        Steps(name, sequences, context);
    }

    private void Steps(string name, int sequences, int context)
    {
        // Ids change from step to step: embeddings come from different rows.
        var tokens = new int[sequences];
        report.Rate(name, sequences / Median(plan.Tokens, step =>
        {
            for (int i = 0; i < sequences; i++)
                tokens[i] = Id((step * sequences) + i);
            engine.Decode(tokens, context + step);
        }));
    }

    private static int Likeliest(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
            if (logits[i] > logits[best])
                best = i;
        return best;
    }

    private static double Median(int repeats, Action<int> run)
    {
        var seconds = new double[repeats];
        for (int i = 0; i < repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            run(i);
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(seconds);
        return seconds[repeats / 2];
    }

    private int[] Prompt(int length) => [.. Enumerable.Range(0, length).Select(Id)];

    // Any ids do; a prime stride spreads them over the table.
    private int Id(int i) => (int)((i + 1) * 7919L % engine.VocabularySize);

    // KiB; mapped files count as far as they are in memory.
    private static long PeakMemory() => long.Parse(File.ReadLines("/proc/self/status").First(static l => l.StartsWith("VmHWM", StringComparison.Ordinal))
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
}
