using Kdsl.Bench.Serving.Statistics;

namespace Kdsl.Bench.Serving.Output;

/// <summary>The formulas behind the tables, from the definitions that compute them.</summary>
static class Explain
{
    const int NameWidth = 25;

    /// <summary>Writes them.</summary>
    public static void Write(TextWriter output)
    {
        output.WriteLine("Only requests that returned a whole answer are measured. average is the arithmetic mean; P75, P90 and P99 interpolate linearly between neighbours");
        output.WriteLine("(numpy's default); SLO_P90 is P90 unless said otherwise; N is the number of requests measured. Numbers are rounded to 4 digits.");
        Write(output, "Performance metrics (MindIE)", PerformanceMetrics.All.Select(static m => (m.Name, m.Unit, m.Formula)));
        Write(output, "Common metrics (MindIE)", CommonMetric.MindIE.Select(static m => (m.Name, "", m.Formula)));
        Write(output, "Latencies (AISBench, vLLM, SGLang); N is the size of the sample", LatencyMetrics.All.Select(static m => (m.Name, m.Unit, m.Formula)));
        Write(output, "Whole run (AISBench, vLLM)", CommonMetric.AisBench.Select(static m => (m.Name, "", m.Formula)));
    }

    static void Write(TextWriter output, string title, IEnumerable<(string Name, string Unit, string Formula)> metrics)
    {
        output.WriteLine();
        output.WriteLine(title);
        foreach (var (name, unit, formula) in metrics)
            output.WriteLine($"  {name.PadRight(NameWidth)} {(unit.Length > 0 ? $"[{unit}] " : "")}{formula}");
    }
}
