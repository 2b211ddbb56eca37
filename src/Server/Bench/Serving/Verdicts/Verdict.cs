namespace Kdsl.Bench.Serving.Verdicts;

/// <summary>Signs that a server is set up for less than it is asked, each with what to change.</summary>
static class Verdict
{
    // Below this mean, a batch is one sequence with a rare second.
    const double LoneBatch = 1.5;

    const int FewestAnswers = 5, ShortAnswer = 16;

    static readonly Func<RunView, string?>[] _rules = [Failures, LoneDecode, SmallDecode, FewReceive, Stalls, CutShort];

    /// <summary>The findings, gravest first; empty: nothing unusual.</summary>
    public static IReadOnlyList<string> Of(RunView view) => [.. _rules.Select(rule => rule(view)).Where(static finding => finding is not null).Select(static finding => finding!)];

    static string? Failures(RunView view)
    {
        int failed = view.Failures.Sum(static f => f.Count), ended = failed + view.Returned.Count;
        return failed * 10 > ended ? $"{failed} of {ended} requests failed, most often: {view.Failures[0].Reason}" : null;
    }

    static string? LoneDecode(RunView view) => view is { DecodeBatch: < LoneBatch, Concurrency: > 1 } && (view.Running == 0 || Idle(view) > 0)
        ? $"decode batch stays at {view.DecodeBatch:0.#} {Idlers(view)}: raise maxPrefillBatchSize (the greatest prefill batch was {view.GreatestPrefillBatch ?? 1:0})" : null;

    static string? SmallDecode(RunView view) => view.DecodeBatch is >= LoneBatch and var batch && batch < view.Concurrency / 2.0 && (view.Running == 0 ? LateStarts(view) : Idle(view) > view.Concurrency / 4)
        ? $"decode batch is {batch:0.#} {Idlers(view)}: raise maxBatchSize, or the memory for keys and values (npuMemSize)" : null;

    static string? FewReceive(RunView view) => view is { DecodeBatch: null, Receiving: { } receiving, Concurrency: > 1 } && receiving < view.Concurrency / 2.0
            && (view.Running == 0 ? LateStarts(view) : view.Waiting > view.Concurrency / 2)
        ? $"{receiving:0.#} streams receive tokens on average {Idlers(view)}: the server computes few requests together; raise its batch (MindIE maxBatchSize, vLLM --max-num-seqs, kdsl --max-batch), or ask with a lower --Concurrency" : null;

    static string? Stalls(RunView view) => view.MedianGap > 0 && view.LongestGap > view.SilenceMs && LoneDecode(view) is null
        ? $"a stream stood still for {view.LongestGap / 1000:0.0} s after its first token, where {view.MedianGap:0.#} ms is usual: the server parks requests that it has started; give it more memory for keys and values, or ask with a lower --Concurrency" : null;

    static string? CutShort(RunView view)
    {
        var cut = view.Returned.Where(static r => r.Truncated).ToArray();
        if (view.MaxTokens is null || view.Returned.Count < FewestAnswers || cut.Length * 2 <= view.Returned.Count)
            return null;
        int longest = cut.Max(static r => r.GeneratedTokens);
        return longest < view.MaxTokens
            ? $"{cut.Length} of {view.Returned.Count} answers are cut at {longest} tokens or fewer, below --MaxOutputLen {view.MaxTokens}: the server's own limit is lower (MindIE maxIterTimes, maxSeqLen)"
            : $"{cut.Length} of {view.Returned.Count} answers are cut at --MaxOutputLen {view.MaxTokens}: raise it to see whole answers";
    }

    static int Idle(RunView view) => view.Waiting + view.Silent;

    static string Idlers(RunView view) => view.Running == 0 ? $"with {view.Concurrency} clients" : $"while {Idle(view)} wait";

    /// <summary>Requests spent most of their time before the first token. Answers of a few tokens do on any server.</summary>
    static bool LateStarts(RunView view) => view.Returned.Count > 0 && view.Returned.Average(static r => r.GeneratedTokens) >= ShortAnswer
        && view.Returned.Sum(static r => r.FirstToken ?? 0) > 0.5 * view.Returned.Sum(static r => r.LastToken ?? 0);
}
