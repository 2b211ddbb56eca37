using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Vector passes over one row of logits, in chunks of 64 whose maxima and masses are kept, so that every later pass touches only the
/// chunks that matter. One instance serves one thread; it allocates nothing after construction.
/// </summary>
sealed class LogitScan(int vocabulary)
{
    const int Chunk = 64;

    /// <summary>exp is 0 in float below this.</summary>
    public const float Underflow = -104f;

    readonly float[] _maxima = new float[ChunkCount(vocabulary)];
    readonly double[] _masses = new double[ChunkCount(vocabulary)];
    readonly Candidate[] _ranking = new Candidate[ChunkCount(vocabulary)];
    readonly Candidate[] _candidates = new Candidate[vocabulary];

    /// <summary>Largest logit of the row last measured.</summary>
    public float Max { get; private set; }

    /// <summary>Finds the maximum of each chunk and of all; false when a logit is NaN or +inf, or none is finite.</summary>
    public bool TryMeasure(ReadOnlySpan<float> row)
    {
        Max = float.NegativeInfinity;
        for (var i = 0; i < ChunkCount(row.Length); i++)
        {
            _maxima[i] = MaxOf(ChunkOf(row, i));
            Max = MathF.Max(Max, _maxima[i]); // NaN stays
        }

        return float.IsFinite(Max);
    }

    /// <summary>First index of the largest logit.</summary>
    public int ArgMax(ReadOnlySpan<float> row)
    {
        var i = _maxima.AsSpan(0, ChunkCount(row.Length)).IndexOf(Max);
        return i * Chunk + ChunkOf(row, i).IndexOf(Max);
    }

    /// <summary>Sum over the row of exp((logit - Max) / temperature); kept by chunk for <see cref="Draw"/>.</summary>
    public double Mass(ReadOnlySpan<float> row, float temperature)
    {
        var total = 0.0;
        Span<float> weights = stackalloc float[Chunk];
        for (var i = 0; i < ChunkCount(row.Length); i++)
        {
            _masses[i] = (_maxima[i] - Max) / temperature < Underflow ? 0 : Weigh(ChunkOf(row, i), temperature, weights);
            total += _masses[i];
        }

        return total;
    }

    /// <summary>Draws an index in proportion to the weights last summed by <see cref="Mass"/>; u is uniform in [0, 1).</summary>
    public int Draw(ReadOnlySpan<float> row, float temperature, double total, double u)
    {
        var target = u * total;
        var chunk = 0;
        for (var i = 0; i < ChunkCount(row.Length); i++)
        {
            if (_masses[i] == 0)
                continue;
            chunk = i;
            if (_masses[i] > target)
                break;
            target -= _masses[i];
        }

        Span<float> weights = stackalloc float[Chunk];
        Weigh(ChunkOf(row, chunk), temperature, weights);
        var sum = 0.0;
        var last = 0;
        for (var j = 0; j < ChunkOf(row, chunk).Length; j++)
        {
            if (weights[j] == 0)
                continue;
            last = j;
            sum += weights[j];
            if (sum > target)
                break;
        }

        return chunk * Chunk + last;
    }

    /// <summary>
    /// The tokens with a logit of at least the floor, by id, each with weight 1; valid until the next call. Chunks that a constraint has emptied are
    /// passed over whatever the floor.
    /// </summary>
    public Span<Candidate> AtLeast(ReadOnlySpan<float> row, float floor)
    {
        var count = 0;
        for (var i = 0; i < ChunkCount(row.Length); i++)
        {
            if (_maxima[i] < floor || float.IsNegativeInfinity(_maxima[i]))
                continue;
            var chunk = ChunkOf(row, i);
            for (var j = 0; j < chunk.Length; j++)
            {
                if (chunk[j] >= floor)
                    _candidates[count++] = new Candidate(i * Chunk + j, chunk[j], Weight: 1);
            }
        }

        return _candidates.AsSpan(0, count);
    }

    /// <summary>The count largest logits, in no order; valid until the next call.</summary>
    public Span<Candidate> Largest(ReadOnlySpan<float> row, int count)
    {
        var candidates = AtLeast(row, FloorOfLargest(row, count));
        return candidates[..Candidates.Prefix(candidates, count)];
    }

    /// <summary>Replaces the weights by exp((logit - Max) / temperature), with the same arithmetic as <see cref="Mass"/>.</summary>
    public void Weigh(Span<Candidate> candidates, float temperature)
    {
        Span<float> logits = stackalloc float[Chunk], weights = stackalloc float[Chunk];
        for (var start = 0; start < candidates.Length; start += Chunk)
        {
            var part = candidates[start..Math.Min(start + Chunk, candidates.Length)];
            for (var j = 0; j < part.Length; j++)
                logits[j] = part[j].Logit;
            Weigh(logits[..part.Length], temperature, weights);
            for (var j = 0; j < part.Length; j++)
                part[j] = part[j] with { Weight = weights[j] };
        }
    }

    /// <summary>A lower bound of the count-th largest logit: the count-th largest of the chunks' maxima.</summary>
    float FloorOfLargest(ReadOnlySpan<float> row, int count)
    {
        var chunks = ChunkCount(row.Length);
        if (count >= chunks)
            return float.NegativeInfinity;

        for (var i = 0; i < chunks; i++)
            _ranking[i] = new Candidate(i, _maxima[i], Weight: 1);
        var best = _ranking.AsSpan(0, Candidates.Prefix(_ranking.AsSpan(0, chunks), count));
        var floor = float.PositiveInfinity;
        foreach (var chunk in best)
            floor = MathF.Min(floor, chunk.Logit);
        return floor;
    }

    /// <summary>weights[j] = exp((logits[j] - Max) / temperature), zero in dead lanes; returns their sum.</summary>
    double Weigh(scoped ReadOnlySpan<float> logits, float temperature, Span<float> weights)
    {
        Span<float> padded = stackalloc float[Chunk];
        if (logits.Length < Chunk)
        {
            padded.Fill(float.NegativeInfinity);
            logits.CopyTo(padded);
            logits = padded;
        }

        var max = Vector512.Create(Max);
        var divisor = Vector512.Create(temperature);
        var sum = Vector512<float>.Zero;
        var source = MemoryMarshal.Cast<float, Vector512<float>>(logits);
        var target = MemoryMarshal.Cast<float, Vector512<float>>(weights);
        for (var v = 0; v < source.Length; v++)
        {
            target[v] = Vector512.Exp((source[v] - max) / divisor);
            sum += target[v];
        }

        return Vector512.Sum(sum);
    }

    static float MaxOf(ReadOnlySpan<float> chunk)
    {
        var max = float.NegativeInfinity;
        if (chunk.Length < Chunk)
        {
            foreach (var logit in chunk)
                max = MathF.Max(max, logit);
            return max;
        }

        var v = MemoryMarshal.Cast<float, Vector512<float>>(chunk);
        var lanes = Vector512.Max(Vector512.Max(v[0], v[1]), Vector512.Max(v[2], v[3])); // NaN stays
        for (var i = 0; i < Vector512<float>.Count; i++)
            max = MathF.Max(max, lanes[i]);
        return max;
    }

    static ReadOnlySpan<float> ChunkOf(ReadOnlySpan<float> row, int index) =>
        row.Slice(index * Chunk, Math.Min(Chunk, row.Length - index * Chunk));

    static int ChunkCount(int length) => (length + Chunk - 1) / Chunk;
}
