using Kdsl.Bench.Serving.Statistics;

namespace Kdsl.Bench.Serving.Output;

/// <summary>The tables of a run as text cells: MindIE's two, then AISBench's two.</summary>
static class Tables
{
    /// <summary>Columns of MindIE's performance table behind the name.</summary>
    public static IReadOnlyList<string> PerformanceColumns { get; } = ["average", "max", "min", "P75", "P90", "SLO_P90", "P99", "N"];

    static readonly string[] _latencyColumns = ["Average", "Min", "Max", "Median", "P75", "P90", "P99", "N"];

    /// <summary>Cells of a row of MindIE's performance table.</summary>
    /// <param name="summary">Of the sample; of an empty one all numbers are 0.</param>
    /// <param name="slo">SLO_P90; NaN: none.</param>
    /// <param name="requests">N: the requests measured, whatever the size of the sample.</param>
    public static IReadOnlyList<string> PerformanceCells(Metric metric, Summary summary, double slo, int requests)
    {
        var real = (double value) => summary.Count == 0 ? "0" : PythonNumber.Of(value);
        var whole = (double value) => summary.Count == 0 ? "0" : metric.Whole ? PythonNumber.OfWhole(value) : PythonNumber.Of(value);
        string[] cells = metric.AverageOnly ? [real(summary.Average), "/", "/", "/", "/", "/", "/"]
            : [real(summary.Average), whole(summary.Max), whole(summary.Min), real(summary.P75), real(summary.P90), double.IsNaN(slo) ? "/" : real(slo), real(summary.P99)];
        return [.. cells.Select(cell => metric.Unit.Length > 0 ? $"{cell} {metric.Unit}" : cell), $"{requests}"];
    }

    /// <summary>MindIE's performance table.</summary>
    public static string Performance(RunResult run) => PrettyTable.Draw([["Metric", .. PerformanceColumns], .. PerformanceRows(run).Select(static row => (IReadOnlyList<string>)[row.Name, .. row.Cells])]);

    /// <summary>Its rows.</summary>
    public static IEnumerable<(string Name, IReadOnlyList<string> Cells)> PerformanceRows(RunResult run) => PerformanceMetrics.All.Select(metric =>
    {
        var summary = metric.Summarize(run);
        return (metric.Name, PerformanceCells(metric, summary, metric.Slo is { } slo ? slo(run) : summary.P90, run.Returned.Count));
    });

    /// <summary>MindIE's common table.</summary>
    public static string Common(RunResult run) => PrettyTable.Draw([["Common Metric", "Value"], .. CommonMetric.MindIE.Select(metric => (IReadOnlyList<string>)[metric.Name, metric.Cell(run)])]);

    /// <summary>AISBench's table of latencies. N is the size of the sample.</summary>
    public static string Latency(RunResult run) => PrettyTable.Draw([["Performance Parameters", .. _latencyColumns], .. LatencyMetrics.All.Select(metric => LatencyRow(metric, metric.Summarize(run)))]);

    /// <summary>AISBench's table of the whole run.</summary>
    public static string Throughput(RunResult run) => PrettyTable.Draw([["Common Metric", "Value"], .. CommonMetric.AisBench.Select(metric => (IReadOnlyList<string>)[metric.Name, metric.Cell(run)])]);

    static IReadOnlyList<string> LatencyRow(Metric metric, Summary summary)
    {
        if (summary.Count == 0)
            return [metric.Name, "/", "/", "/", "/", "/", "/", "/", "0"];
        var real = PythonNumber.Of;
        var whole = metric.Whole ? PythonNumber.OfWhole : real;
        string[] cells = [real(summary.Average), whole(summary.Min), whole(summary.Max), real(summary.Median), real(summary.P75), real(summary.P90), real(summary.P99)];
        return [metric.Name, .. cells.Select(cell => metric.Unit.Length > 0 ? $"{cell} {metric.Unit}" : cell), $"{summary.Count}"];
    }
}
