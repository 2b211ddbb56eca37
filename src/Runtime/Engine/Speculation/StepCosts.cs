namespace KernelDsl.Runtime.Engine;

/// <summary>
/// What guesses cost, learned from the steps themselves: for each size of batch, how many times the time of a step of one token each
/// (<see cref="StepTimes"/>) a step takes which computes so many more. The ratio is learned rather than the time, because it stays when sequences
/// grow longer or the machine gets slower. Sizes share an estimate (<see cref="SizeBuckets"/>). Unknown costs are assumed to be low, so that they get known.
/// </summary>
sealed class StepCosts
{
    const double Smoothing = 0.2;

    // Per guess for each sequence; about what it costs a step that waits for memory.
    const double HopefulSlope = 0.02;

    // A measured ratio above this multiple of the estimate is cut: a pause of the machine is no property of the step.
    const double Outlier = 2;

    // Steps of a size of batch after which a ratio is doubted and learned again.
    const int Lifetime = 1024;

    const int FirstPlain = 2, PlainEvery = 32;

    readonly StepTimes _times;
    readonly Row[] _rows;
    readonly int _buckets;

    /// <param name="times">Of steps without guesses; the caller lets it learn from them.</param>
    /// <param name="mostSequences">Largest batch.</param>
    /// <param name="mostExtra">Most guesses in a step.</param>
    public StepCosts(StepTimes times, int mostSequences, int mostExtra)
    {
        _times = times;
        _buckets = SizeBuckets.Of(mostExtra) + 1;
        _rows = [.. Enumerable.Range(0, SizeBuckets.Of(mostSequences) + 1).Select(_ => new Row(_buckets))];
    }

    /// <summary>The time of a step without guesses is not known well enough to compare with.</summary>
    public bool NeedsPlain(int sequences) => RowOf(sequences) is var row && (row.Plains < FirstPlain || row.SincePlain >= PlainEvery);

    /// <summary>Seconds of a step without guesses.</summary>
    public double Plain(int sequences) => _times.Decode(sequences);

    /// <summary>Most guesses to try: the cost of many more than ever is better approached in steps.</summary>
    public int Reach(int sequences) => Math.Max(1, 2 * RowOf(sequences).Most);

    /// <summary>Time of a step with so many guesses, as a multiple of one without; at least 1.</summary>
    public double Ratio(int sequences, int extra)
    {
        var row = RowOf(sequences);
        var bucket = SizeBuckets.Of(extra);
        int below = bucket, above = bucket;
        while (below > 0 && !row.Knows(below))
            below--;
        while (above < _buckets && !row.Knows(above))
            above++;

        var low = below > 0 ? row.Ratios[below] : 1;
        var ratio = below == bucket || above < _buckets
            ? low + (above == below ? 0 : (row.Ratios[above] - low) * (bucket - below) / (above - below))
            : low + HopefulSlope * (extra - SizeBuckets.Least(below)) / sequences;
        return Math.Max(1, ratio);
    }

    /// <summary>Learns from a step.</summary>
    public void Observe(int sequences, int extra, double seconds)
    {
        var row = RowOf(sequences);
        row.Steps++;
        if (extra == 0)
            (row.Plains, row.SincePlain) = (row.Plains + 1, 0);
        else if (Plain(sequences) > 0)
            ObserveDrafted(row, sequences, extra, seconds);
    }

    void ObserveDrafted(Row row, int sequences, int extra, double seconds)
    {
        row.SincePlain++;
        row.Most = Math.Max(row.Most, extra);
        _times.ObserveMore(sequences, seconds);

        var bucket = SizeBuckets.Of(extra);
        var ratio = Math.Min(seconds / Plain(sequences), 1 + extra);
        if (row.Knows(bucket))
            row.Ratios[bucket] += Smoothing * (Math.Min(ratio, Outlier * row.Ratios[bucket]) - row.Ratios[bucket]);
        else
            row.Ratios[bucket] = ratio;
        row.Learned[bucket] = row.Steps;
    }

    Row RowOf(int sequences) => _rows[SizeBuckets.Of(sequences)];

    sealed class Row(int buckets)
    {
        public int Plains;
        public int SincePlain;
        public int Most;
        public long Steps;

        public double[] Ratios { get; } = new double[buckets];

        public long[] Learned { get; } = new long[buckets];

        public bool Knows(int bucket) => Learned[bucket] > 0 && Steps - Learned[bucket] < Lifetime;
    }
}
