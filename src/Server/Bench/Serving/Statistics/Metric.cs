namespace Kdsl.Bench.Serving.Statistics;

/// <summary>What a table says of a sample: its name there, its unit and how it comes about.</summary>
/// <param name="Name">The field's word for it.</param>
/// <param name="Unit">Behind each number; empty: none.</param>
/// <param name="Formula">For --explain and the JSON file.</param>
/// <param name="Values">The sample.</param>
sealed record Metric(string Name, string Unit, string Formula, Func<RunResult, IEnumerable<double>> Values)
{
    /// <summary>Its values are whole numbers, and so are the greatest and the least.</summary>
    public bool Whole { get; init; }

    /// <summary>Only an average makes sense of it.</summary>
    public bool AverageOnly { get; init; }

    /// <summary>SLO_P90 where it is not P90; NaN: there is none.</summary>
    public Func<RunResult, double>? Slo { get; init; }

    /// <summary>In numbers.</summary>
    public Summary Summarize(RunResult run) => Summary.Of(Values(run));
}
