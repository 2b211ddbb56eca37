namespace Kdsl.Bench.Serving.Statistics;

/// <summary>A sample in numbers; zeros of an empty one, as MindIE prints what was not measured.</summary>
/// <param name="Average">Arithmetic mean.</param>
/// <param name="Count">Size of the sample.</param>
readonly record struct Summary(double Average, double Max, double Min, double Median, double P75, double P90, double P99, int Count)
{
    /// <summary>Of a sample in any order.</summary>
    public static Summary Of(IEnumerable<double> sample)
    {
        double[] sorted = [.. sample.Order()];
        return sorted.Length == 0 ? default
            : new(sorted.Average(), sorted[^1], sorted[0], Percentile(sorted, 50), Percentile(sorted, 75), Percentile(sorted, 90), Percentile(sorted, 99), sorted.Length);
    }

    /// <summary>A percentile with linear interpolation between neighbours, numpy's default (Hyndman and Fan's type 7).</summary>
    /// <param name="sorted">At least one value, rising.</param>
    public static double Percentile(IReadOnlyList<double> sorted, double percent)
    {
        double position = percent / 100 * (sorted.Count - 1);
        int below = (int)position;
        return below + 1 < sorted.Count ? sorted[below] + ((position - below) * (sorted[below + 1] - sorted[below])) : sorted[below];
    }
}
