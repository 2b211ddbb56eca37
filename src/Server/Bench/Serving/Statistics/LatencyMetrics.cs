namespace Kdsl.Bench.Serving.Statistics;

/// <summary>
/// Latencies under the names of AISBench, vLLM's and SGLang's serving benchmarks. In an open loop TTFT and E2EL start when the request was
/// due: one that waits for a free client has arrived, whether it is sent or not.
/// </summary>
static class LatencyMetrics
{
    /// <summary>All rows.</summary>
    public static IReadOnlyList<Metric> All { get; } =
    [
        new("E2EL", "ms", "End-to-end latency: from the request's arrival to its last token.", EndToEnd),
        new("TTFT", "ms", "Time to first token: from the request's arrival to its first token.", FirstToken),
        new("TPOT", "ms", "Time per output token: (E2EL - TTFT) / (OutputTokens - 1) of each request.",
            static run => Timed(run).Where(static r => r.GeneratedTokens > 1).Select(static r => (r.LastToken!.Value - r.FirstToken!.Value) / (r.GeneratedTokens - 1))),
        new("ITL", "ms", "Inter-token latency: gaps between neighbouring chunks, not shared among the tokens of one; all gaps of all requests are one sample.", static run => run.Returned.SelectMany(static r => r.Gaps)),
        new("ClientWait", "ms", "From the request's arrival to its sending: 0 in a closed loop, and where --Concurrency is enough for --RequestRate.", static run => run.Returned.Select(static r => r.ClientWait)),
        new("InputTokens", "", "As above.", static run => run.Returned.Select(static r => (double)r.InputTokens)) { Whole = true },
        new("OutputTokens", "", "GeneratedTokens.", static run => run.Returned.Select(static r => (double)r.GeneratedTokens)) { Whole = true },
        new("OutputTokenThroughput", "token/s", "OutputTokens / E2EL of each request.",
            static run => run.Returned.Where(static r => r.LastToken + r.ClientWait > 0).Select(static r => r.GeneratedTokens / (r.LastToken!.Value + r.ClientWait) * 1000)),
    ];

    /// <summary>E2EL of each request that returned, in ms.</summary>
    public static IEnumerable<double> EndToEnd(RunResult run) => run.Returned.Where(static r => r.LastToken is not null).Select(static r => r.LastToken!.Value + r.ClientWait);

    /// <summary>TTFT of each request whose first token was timed, in ms.</summary>
    public static IEnumerable<double> FirstToken(RunResult run) => run.Returned.Where(static r => r.FirstToken is not null).Select(static r => r.FirstToken!.Value + r.ClientWait);

    static IEnumerable<RequestResult> Timed(RunResult run) => run.Returned.Where(static r => r is { FirstToken: not null, LastToken: not null });
}
