using Kdsl.Bench.Serving.Statistics;

namespace Kdsl.Tests.Bench;

/// <summary>Results made by hand.</summary>
static class Results
{
    /// <summary>A request that was answered.</summary>
    /// <param name="generate">In ms.</param>
    public static RequestResult Of(double firstToken, double[] decode, double generate, int input, int output, double sentAt = 0) => new()
    {
        Id = "0", SentAt = sentAt, EndedAt = sentAt + (generate / 1000), FirstToken = firstToken, LastToken = firstToken + decode.Sum(), Decode = decode, Gaps = decode,
        InputTokens = input, GeneratedTokens = output, GeneratedCharacters = 3 * output, Tokenizer = 1, Detokenizer = 2, Finish = "stop",
    };

    /// <summary>A run of them.</summary>
    public static RunResult Run(IEnumerable<RequestResult> requests, int concurrency = 10) => new([.. requests], concurrency, "QwQ-32B", "/data/gsm8k-200", new DateTime(2025, 3, 18, 11, 42, 57));

    /// <summary>A metric of a run.</summary>
    public static Summary Summary(string metric, RunResult run) => PerformanceMetrics.All.Concat(LatencyMetrics.All).First(m => m.Name == metric).Summarize(run);

    /// <summary>A common metric as printed.</summary>
    public static string Common(string metric, RunResult run) => CommonMetric.MindIE.Concat(CommonMetric.AisBench).First(m => m.Name == metric).Cell(run);
}
