using System.Numerics;

namespace KernelDsl.Runtime.Engine;

/// <summary>
/// What steps cost, learned from the steps themselves: for each size of batch the time of a step of one token each, and how many times
/// that a step takes which computes so many more. The ratio is learned rather than the time, because it stays when sequences grow longer
/// or the machine gets slower. Sizes share an estimate with those within a quarter of an octave. Unknown costs are assumed to be low, so
/// that they get known.
/// </summary>
sealed class StepCosts
{
    const double Smoothing = 0.2;

    // Per guess for each sequence; about what it costs a step that waits for memory.
    const double HopefulSlope = 0.02;

    // A measured time above this multiple of the estimate is cut: a pause of the machine is no property of the step.
    const double Outlier = 2;

    // Steps of a size of batch after which a ratio is doubted and learned again.
    const int Lifetime = 1024;

    const int FirstPlain = 2, SteadyPlain = 4, PlainEvery = 32;

    readonly Row[] _rows;
    readonly int _buckets;

    /// <param name="mostSequences">Largest batch.</param>
    /// <param name="mostExtra">Most guesses in a step.</param>
    public StepCosts(int mostSequences, int mostExtra)
    {
        _buckets = Bucket(mostExtra) + 1;
        _rows = [.. Enumerable.Range(0, Bucket(mostSequences) + 1).Select(_ => new Row(_buckets))];
    }

    /// <summary>The time of a step without guesses is not known well enough to compare with.</summary>
    public bool NeedsPlain(int sequences) => RowOf(sequences) is var row && (row.Plains < FirstPlain || row.SincePlain >= PlainEvery);

    /// <summary>Seconds of a step without guesses.</summary>
    public double Plain(int sequences) => RowOf(sequences).Plain;

    /// <summary>Most guesses to try: the cost of many more than ever is better approached in steps.</summary>
    public int Reach(int sequences) => Math.Max(1, 2 * RowOf(sequences).Most);

    /// <summary>Time of a step with so many guesses, as a multiple of one without; at least 1.</summary>
    public double Ratio(int sequences, int extra)
    {
        var row = RowOf(sequences);
        var bucket = Bucket(extra);
        int below = bucket, above = bucket;
        while (below > 0 && !row.Knows(below))
            below--;
        while (above < _buckets && !row.Knows(above))
            above++;

        var low = below > 0 ? row.Ratios[below] : 1;
        var ratio = below == bucket || above < _buckets
            ? low + (above == below ? 0 : (row.Ratios[above] - low) * (bucket - below) / (above - below))
            : low + HopefulSlope * (extra - Least(below)) / sequences;
        return Math.Max(1, ratio);
    }

    /// <summary>Learns from a step.</summary>
    public void Observe(int sequences, int extra, double seconds)
    {
        var row = RowOf(sequences);
        row.Steps++;
        if (extra == 0)
            ObservePlain(row, seconds);
        else if (row.Plain > 0)
            ObserveDrafted(row, extra, seconds);
    }

    static void ObservePlain(Row row, double seconds)
    {
        row.SincePlain = 0;
        // The first steps are slowed by what happens once: code and memory used for the first time.
        if (row.Plains++ < SteadyPlain)
            row.Plain = row.Plains == 1 ? seconds : Math.Min(row.Plain, seconds);
        else
            row.Plain += Smoothing * (Math.Min(seconds, Outlier * row.Plain) - row.Plain);
    }

    static void ObserveDrafted(Row row, int extra, double seconds)
    {
        row.SincePlain++;
        row.Most = Math.Max(row.Most, extra);
        // More work cannot take less time: the estimate is out of date. The tenth is for noise.
        if (seconds < 0.9 * row.Plain)
            row.Plain += Smoothing * (seconds - row.Plain);

        var bucket = Bucket(extra);
        var ratio = Math.Min(seconds / row.Plain, 1 + extra);
        if (row.Knows(bucket))
            row.Ratios[bucket] += Smoothing * (Math.Min(ratio, Outlier * row.Ratios[bucket]) - row.Ratios[bucket]);
        else
            row.Ratios[bucket] = ratio;
        row.Learned[bucket] = row.Steps;
    }

    Row RowOf(int sequences) => _rows[Bucket(sequences)];

    /// <summary>0, 1, 2, 3, then four to an octave.</summary>
    static int Bucket(int n)
    {
        if (n < 4)
            return n;
        var octave = BitOperations.Log2((uint)n);
        return 4 * (octave - 1) + ((n >> (octave - 2)) & 3);
    }

    /// <summary>The smallest number of a bucket.</summary>
    static int Least(int bucket) => bucket < 4 ? bucket : (4 + bucket % 4) << (bucket / 4 - 1);

    sealed class Row(int buckets)
    {
        public double Plain;
        public int Plains;
        public int SincePlain;
        public int Most;
        public long Steps;

        public double[] Ratios { get; } = new double[buckets];

        public long[] Learned { get; } = new long[buckets];

        public bool Knows(int bucket) => Learned[bucket] > 0 && Steps - Learned[bucket] < Lifetime;
    }
}
