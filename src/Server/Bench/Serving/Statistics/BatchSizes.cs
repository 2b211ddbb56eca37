namespace Kdsl.Bench.Serving.Statistics;

/// <summary>Batch sizes that each request reports for itself, as one for each batch.</summary>
static class BatchSizes
{
    /// <summary>Counts X once for every X requests that report it, at the first of them: 2, 2, 5, 3, 5, 3, 3, 5, 5, 5 are the batches 2, 5, 3.</summary>
    public static IEnumerable<double> Compress(IEnumerable<double> reported)
    {
        var partners = new Dictionary<double, double>();
        foreach (double size in reported)
        {
            double open = partners.GetValueOrDefault(size);
            if (open < 1)
                yield return size;
            partners[size] = (open < 1 ? size : open) - 1;
        }
    }
}
