using System.Globalization;
using Kdsl.Bench.Serving.Output;

namespace Kdsl.Bench.Serving.Statistics;

/// <summary>A fact about a whole run.</summary>
/// <param name="Name">The field's word for it.</param>
/// <param name="Formula">For --explain and the JSON file.</param>
/// <param name="Cell">As the table shows it.</param>
sealed record CommonMetric(string Name, string Formula, Func<RunResult, string> Cell)
{
    /// <summary>The rows of MindIE's common table, in its order and by its formulas (benchmark, common/output.py).</summary>
    public static IReadOnlyList<CommonMetric> MindIE { get; } =
    [
        new("CurrentTime", "When the run ended.", static run => run.Now.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)),
        new("TimeElapsed", "From the first request's start to the last one's end.", static run => Quantity(run.Elapsed, "s")),
        new("DataSource", "--DatasetPath, or the file of lengths.", static run => run.DataSource),
        new("Failed", "Requests without a whole answer; they are measured nowhere else.", static run => $"{run.Failed}( {Percent(run.Failed, run.Requests.Count)} )"),
        new("Returned", "Requests with one.", static run => $"{run.Returned.Count}( {Percent(run.Returned.Count, run.Requests.Count)} )"),
        new("Total", "Both.", static run => $"{run.Requests.Count}[ {Percent(run.Requests.Count, run.Requests.Count)} ]"),
        new("Concurrency", "--Concurrency: the most requests under way together.", static run => $"{run.Concurrency}"),
        new("ModelName", "--ModelName.", static run => run.ModelName),
        new("lpct", "Latency per prompt token: sum of FirstTokenTime / sum of InputTokens.", static run => Quantity(Ratio(run.Returned.Sum(static r => r.FirstToken ?? 0), run.Returned.Sum(static r => (double)r.InputTokens)), "ms")),
        new("Throughput", "Returned / TimeElapsed.", static run => Quantity(Ratio(run.Returned.Count, run.Elapsed), "req/s")),
        new("GenerateSpeed", "Sum of GeneratedTokens / TimeElapsed.", static run => Quantity(GenerateSpeed(run), "token/s")),
        new("GenerateSpeedPerClient", "GenerateSpeed / Concurrency.", static run => Quantity(Math.Round(GenerateSpeed(run), 4) / run.Concurrency, "token/s")),
        new("accuracy", "Right answers / Total, with --TestAccuracy True.", static run => run.Judged && run.Requests.Count > 0 ? $"{Percent(run.Accuracy.Correct, run.Requests.Count)} ({run.Accuracy.Correct}/{run.Requests.Count})" : "/"),
    ];

    /// <summary>The same of a run under the names of AISBench and vLLM's serving benchmark.</summary>
    public static IReadOnlyList<CommonMetric> AisBench { get; } =
    [
        new("Benchmark Duration", "TimeElapsed.", static run => Quantity(run.Elapsed, "s")),
        new("Total Requests", "Total.", static run => $"{run.Requests.Count}"),
        new("Failed Requests", "Failed.", static run => $"{run.Failed}"),
        new("Success Requests", "Returned.", static run => $"{run.Returned.Count}"),
        new("Concurrency", "Sum of E2EL / Benchmark Duration: requests under way on average.", static run => PythonNumber.Of(Ratio(LatencyMetrics.EndToEnd(run).Sum() / 1000, run.Elapsed))),
        new("Max Concurrency", "--Concurrency.", static run => $"{run.Concurrency}"),
        new("Request Rate", "--RequestRate of an open loop; inf: closed loop.", static run => run.Rate is { } rate ? Quantity(rate, "req/s") : "inf"),
        new("Request Throughput", "Returned / Benchmark Duration.", static run => Quantity(Ratio(run.Returned.Count, run.Elapsed), "req/s")),
        new("Total Input Tokens", "Sum of InputTokens.", static run => $"{Input(run)}"),
        new("Prefill Token Throughput", "Sum of InputTokens / sum of TTFT.", static run => Quantity(Ratio(Input(run), LatencyMetrics.FirstToken(run).Sum() / 1000), "token/s")),
        new("Total Generated Tokens", "Sum of OutputTokens.", static run => $"{Output(run)}"),
        new("Input Token Throughput", "Sum of InputTokens / Benchmark Duration.", static run => Quantity(Ratio(Input(run), run.Elapsed), "token/s")),
        new("Output Token Throughput", "Sum of OutputTokens / Benchmark Duration.", static run => Quantity(Ratio(Output(run), run.Elapsed), "token/s")),
        new("Total Token Throughput", "Both sums / Benchmark Duration.", static run => Quantity(Ratio(Input(run) + Output(run), run.Elapsed), "token/s")),
    ];

    static double GenerateSpeed(RunResult run) => Ratio(Output(run), run.Elapsed);

    static long Input(RunResult run) => run.Returned.Sum(static r => (long)r.InputTokens);

    static long Output(RunResult run) => run.Returned.Sum(static r => (long)r.GeneratedTokens);

    static double Ratio(double above, double below) => below > 0 ? above / below : 0;

    static string Quantity(double value, string unit) => $"{PythonNumber.Of(value)} {unit}";

    static string Percent(int part, int whole) => whole == 0 ? "0" : $"{PythonNumber.Of(Math.Round(100.0 * part / whole, 2))}%";
}
