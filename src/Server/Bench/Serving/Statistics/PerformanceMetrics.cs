namespace Kdsl.Bench.Serving.Statistics;

/// <summary>The rows of MindIE's performance table, in its order and by its formulas (benchmark, common/results.py and output.py).</summary>
static class PerformanceMetrics
{
    const double NoSlo = double.NaN;
    const string Reported = " Reported by the server (MindIE with MINDIE_LLM_BENCHMARK_ENABLE=1); 0: not reported.";

    /// <summary>All rows.</summary>
    public static IReadOnlyList<Metric> All { get; } =
    [
        new("FirstTokenTime", "ms", "From just before the request is sent to the first chunk with a token.", static run => Known(run, static r => r.FirstToken)),
        new("DecodeTime", "ms", "Gaps between neighbouring chunks; k tokens of one chunk count as k equal shares of its gap. All tokens of all requests are one sample, which hides a request that stalls: SLO_P90 is the P90 over each request's mean instead.",
            static run => run.Returned.SelectMany(static r => r.Decode)) { Slo = DecodeSlo },
        new("LastDecodeTime", "ms", "The last of each request's decode times.", static run => Decoding(run).Select(static r => r.Decode[^1])),
        new("MaxDecodeTime", "ms", "The longest of each request's decode times: shows stalls.", static run => Decoding(run).Select(static r => r.Decode.Max())),
        new("GenerateTime", "ms", "From sending the request to the end of its reply.", static run => run.Returned.Select(static r => r.Generate)),
        new("InputTokens", "", "Tokens of the prompt by the tokenizer of --ModelPath.", static run => run.Returned.Select(static r => (double)r.InputTokens)) { Whole = true },
        new("GeneratedTokens", "", "Tokens of the answer: as the server counts them, else by the tokenizer of --ModelPath.", static run => run.Returned.Select(static r => (double)r.GeneratedTokens)) { Whole = true },
        new("GeneratedTokenSpeed", "token/s", "GeneratedTokens / GenerateTime of each request.", static run => run.Returned.Where(static r => r.Generate > 0).Select(static r => r.GeneratedTokens / r.Generate * 1000)),
        new("GeneratedCharacters", "", "Characters of the answer.", static run => run.Returned.Select(static r => (double)r.GeneratedCharacters)) { Whole = true },
        new("Tokenizer", "ms", "Time to encode the prompt, on the client.", static run => run.Returned.Select(static r => r.Tokenizer)),
        new("Detokenizer", "ms", "Time to decode the answer, on the client.", static run => run.Returned.Select(static r => r.Detokenizer)),
        new("CharactersPerToken", "", "Sum of GeneratedCharacters / sum of GeneratedTokens.", CharactersPerToken) { AverageOnly = true },
        new("PostProcessingTime", "ms", "The server's time to sample. No server reports it over HTTP: 0.", static _ => []),
        new("ForwardTime", "ms", "The server's time to compute. No server reports it over HTTP: 0.", static _ => []),
        new("PrefillBatchsize", "", "Size of the batch that each request's prompt was computed in; X requests with size X count as one batch." + Reported, static run => BatchSizes.Compress(Known(run, static r => r.PrefillBatch))) { Whole = true },
        new("DecoderBatchsize", "", "Mean size of the batches that each request's further tokens were computed in, rounded; X requests with size X count as one." + Reported,
            static run => BatchSizes.Compress(run.Returned.Where(static r => r.DecodeBatches.Count > 0).Select(static r => Math.Round(r.DecodeBatches.Average())))) { Whole = true, Slo = static _ => NoSlo },
        new("QueueWaitTime", "μs", "How long each token's step waited in the server's queue; all tokens are one sample." + Reported, static run => run.Returned.SelectMany(static r => r.QueueWaits)) { Whole = true, Slo = static _ => NoSlo },
    ];

    static double DecodeSlo(RunResult run) => Summary.Of(Decoding(run).Select(static r => Math.Round(r.Decode.Average(), 4))).P90;

    static IEnumerable<double> CharactersPerToken(RunResult run) =>
        run.Returned.Sum(static r => (double)r.GeneratedTokens) is > 0 and var tokens ? [run.Returned.Sum(static r => (double)r.GeneratedCharacters) / tokens] : [];

    static IEnumerable<double> Known(RunResult run, Func<RequestResult, double?> value) => run.Returned.Select(value).Where(static v => v is not null).Select(static v => v!.Value);

    static IEnumerable<RequestResult> Decoding(RunResult run) => run.Returned.Where(static r => r.Decode.Count > 0);
}
