using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;

namespace EngineTests.Simulation;

/// <summary>
/// The runs of the seed page (QwQ-32B on MindIE, 4 x 910B, GSM8K, 10 clients): what was configured, what the machine took for a step, and what came of it.
/// Step times are read from cells that scheduling does not touch; the throughputs to be met are not among them.
/// </summary>
static class Seed
{
    public const int Clients = 10;

    /// <summary>GenerateSpeed of the first whole run (npuMemSize 8), of tuning step 1 (35) and of tuning step 2 (maxPrefillBatchSize 50), token/s.</summary>
    public const double FirstRun = 37.7808, MoreMemory = 35.9032, LargerBatches = 327.3233;

    // LastDecodeTime, average: no prefill and no parking falls into a request's last gap as a rule. Batches of 1 and of 9.7255.
    const double DecodeAlone = 27.3458, DecodeOfTen = 30.005, Ten = 9.7255;

    // FirstTokenTime: the smallest is a prompt of 25 tokens alone (run 1); the largest where nobody queued is the largest PrefillBatchsize, nine prompts of 60.89 tokens (run 3).
    const double ShortestPrefill = 61.2204, NinePrompts = 169;
    const double PerPromptToken = (NinePrompts - ShortestPrefill) / (9 * 60.89 - 25), PrefillBase = ShortestPrefill - 25 * PerPromptToken;

    /// <summary>The machine. A step with prompts in it has the same base however many sequences decode beside them.</summary>
    public static double StepTime(int decodes, int promptTokens)
    {
        var decode = (Math.Max(decodes, 1) - 1) * (DecodeOfTen - DecodeAlone) / (Ten - 1);
        return promptTokens == 0 ? DecodeAlone + decode : PrefillBase + decode + promptTokens * PerPromptToken;
    }

    /// <summary>maxSeqLen, cacheBlockSize, maxBatchSize of its config.json, and the blocks of npuMemSize: 8 MiB each on each of the four cards (SERVE 2.5).</summary>
    public static ModelLimits Limits(int npuMemSize) => new(
        ContextLength: 2560, VocabularySize: 152064, SampledVocabularySize: 151669, PageSize: 128, PageCount: npuMemSize * 1024 / 8,
        MaxTokens: 8192, MaxSequences: 200, MaxLogitRows: 200);

    /// <summary>
    /// Its ScheduleConfig. Release 1.0.T71 refused a maxPrefillBatchSize above 1 ("out of bound [1]", whose bound is maxBatchSize), and its tables say DecoderBatchsize 1.0,
    /// max 1: it decoded one sequence at a time.
    /// </summary>
    public static SchedulingOptions MindIe(int maxPrefillBatchSize) => new()
    {
        Policy = SchedulingPolicy.MindIe,
        MaxPrefillBatch = maxPrefillBatchSize,
        MaxPrefillTokens = 8192,
        MaxDecodeBatch = maxPrefillBatchSize == 1 ? 1 : 200,
        MaxQueueDelay = TimeSpan.FromMicroseconds(5000),
        PrefixCache = false,
    };

    /// <summary>200 requests whose lengths have the seed's mean, least, most and percentiles, in an order of no meaning.</summary>
    /// <param name="meanOutput">GeneratedTokens: 449.32 in the run with batches of one, 482.07 in the other.</param>
    public static IReadOnlyList<(int Input, int Output)> Requests(double meanOutput)
    {
        const int count = 200;
        // All above this share ran into maxIterTimes = 512.
        var uncut = 2 * (512 - meanOutput) / (512 - 70);
        var outputs = Quantiles(count, (0, 70), (uncut, 512), (1, 512));
        var inputs = Quantiles(count, (0, 25), (0.02, 36), (0.5, 56.9), (0.75, 71), (0.9, 87.2), (0.99, 110.05), (1, 139));
        var random = new Random(1);
        random.Shuffle(outputs);
        random.Shuffle(inputs);
        return [.. inputs.Zip(outputs)];
    }

    static int[] Quantiles(int count, params (double Share, double Value)[] points) => [.. Enumerable.Range(0, count).Select(i =>
    {
        var share = (i + 0.5) / count;
        var last = Array.FindIndex(points, 1, p => p.Share >= share);
        var (low, high) = (points[last - 1], points[last]);
        return (int)Math.Round(low.Value + (high.Value - low.Value) * (share - low.Share) / (high.Share - low.Share));
    })];
}
