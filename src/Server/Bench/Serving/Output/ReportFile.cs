using System.Globalization;
using System.Text.Json.Serialization;
using Kdsl.Bench.Serving.Statistics;

namespace Kdsl.Bench.Serving.Output;

/// <summary>Everything a run found, for programs. Times in ms unless their name says otherwise; null: not measured.</summary>
/// <param name="Settings">What was asked, under MindIE's names.</param>
/// <param name="Failures">How often each reason of failure occurred.</param>
/// <param name="Findings">What was remarked about the server.</param>
/// <param name="Performance">MindIE's performance metrics.</param>
/// <param name="Common">MindIE's common metrics, as they are printed.</param>
/// <param name="Latency">Latencies under the names of AISBench and vLLM.</param>
/// <param name="Run">The rest of theirs, as they are printed.</param>
sealed record ReportFile(
    IReadOnlyDictionary<string, string> Settings, double ElapsedSeconds, int Total, int Returned, int Failed, IReadOnlyDictionary<string, int> Failures,
    AccuracyReport? Accuracy, IReadOnlyList<string> Findings, IReadOnlyDictionary<string, MetricReport> Performance, IReadOnlyDictionary<string, string> Common,
    IReadOnlyDictionary<string, MetricReport> Latency, IReadOnlyDictionary<string, string> Run, IReadOnlyList<RequestReport> Requests)
{
    /// <summary>Collects it.</summary>
    public static ReportFile Of(ServingOptions options, RunResult run, IReadOnlyList<string> findings) => new(
        Asked(options, run), run.Elapsed, run.Requests.Count, run.Returned.Count, run.Failed, run.Failures.ToDictionary(static f => f.Reason, static f => f.Count),
        run.Judged ? new(run.Accuracy.Correct, run.Accuracy.Wrong, run.Accuracy.Truncated, run.Accuracy.Failed) : null, findings,
        PerformanceMetrics.All.ToDictionary(static m => m.Name, m => MetricReport.Of(m, run)), CommonMetric.MindIE.ToDictionary(static m => m.Name, m => m.Cell(run)),
        LatencyMetrics.All.ToDictionary(static m => m.Name, m => MetricReport.Of(m, run)), CommonMetric.AisBench.ToDictionary(static m => m.Name, m => m.Cell(run)),
        [.. run.Requests.Select(RequestReport.Of)]);

    static Dictionary<string, string> Asked(ServingOptions options, RunResult run) => new()
    {
        ["TestType"] = $"{options.TestType}",
        ["TaskKind"] = $"{options.TaskKind}",
        ["Http"] = $"{options.Http}",
        ["ModelName"] = options.ModelName,
        ["ModelPath"] = options.ModelPath,
        ["DatasetType"] = options.DatasetType,
        ["DataSource"] = run.DataSource,
        ["Concurrency"] = $"{options.Concurrency}",
        ["MaxInputLen"] = $"{options.MaxInputLen}",
        ["MaxOutputLen"] = $"{options.MaxOutputLen}",
        ["DoSampling"] = $"{options.Sampling.DoSampling}",
        ["SamplingParams"] = $"{options.Sampling.Extra}",
        ["RequestRate"] = run.Rate is { } rate ? rate.ToString(CultureInfo.InvariantCulture) : "",
        ["Distribution"] = options.Poisson ? "poisson" : "uniform",
        ["RequestNum"] = $"{options.RequestNum}",
        ["RequestCount"] = $"{options.RequestCount}",
        ["WarmupSize"] = $"{options.WarmupSize}",
        ["mode"] = options.UsesChat ? "chat" : "raw",
        ["seed"] = $"{options.Seed}",
    };
}

/// <summary>Counts of judged answers.</summary>
sealed record AccuracyReport(int Correct, int Wrong, int Truncated, int Failed);

/// <summary>A metric with its formula; numbers are null where nothing was measured.</summary>
sealed record MetricReport(string Unit, string Formula, int Samples, double? Average, double? Min, double? Max, double? P50, double? P75, double? P90, double? P99, double? SloP90)
{
    /// <summary>Of a run.</summary>
    public static MetricReport Of(Metric metric, RunResult run)
    {
        var s = metric.Summarize(run);
        double slo = metric.Slo?.Invoke(run) ?? s.P90;
        return s.Count == 0 ? new(metric.Unit, metric.Formula, 0, null, null, null, null, null, null, null, null)
            : new(metric.Unit, metric.Formula, s.Count, s.Average, s.Min, s.Max, s.Median, s.P75, s.P90, s.P99, double.IsNaN(slo) ? null : slo);
    }
}

/// <summary>One request.</summary>
sealed record RequestReport(
    string Id, double SentAtSeconds, double ClientWait, double? Ttft, double? E2el, double Generate, IReadOnlyList<double> Itl, int InputTokens, int? ServerInputTokens,
    int OutputTokens, string? Finish, string? Failure, string? Judgement, string? Text)
{
    /// <summary>Of a result.</summary>
    public static RequestReport Of(RequestResult r) => new(
        r.Id, r.SentAt, r.ClientWait, r.FirstToken + r.ClientWait, r.LastToken + r.ClientWait, r.Generate, [.. r.Gaps.Select(static gap => Math.Round(gap, 4))], r.InputTokens, r.ServerInputTokens,
        r.GeneratedTokens, r.Finish, r.Failure, r.Judgement?.ToString(), r.Text);
}

/// <summary>A line of --SaveHumanEvalOutputFile, as human-eval's test program reads it.</summary>
sealed record HumanEvalCompletion(string TaskId, string Completion);

/// <summary>Serialisers, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ReportFile))]
[JsonSerializable(typeof(HumanEvalCompletion))]
sealed partial class ReportJson : JsonSerializerContext;
