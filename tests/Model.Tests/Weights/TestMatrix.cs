namespace KernelDsl.Model.Tests.Weights;

/// <summary>A matrix as unsigned integers with a scale and a zero point per group: what every quantised folder says in its own way.</summary>
sealed class TestMatrix
{
    private readonly int _bits, _group;
    private readonly int[] _q, _zeros;
    private readonly float[] _scales;

    public TestMatrix(float[] values, int rows, int columns, int bits, int group, bool symmetric)
    {
        (Rows, Columns, _bits, _group) = (rows, columns, bits, group);
        Groups = columns / group;
        (_q, _zeros, _scales) = (new int[values.Length], new int[rows * Groups], new float[rows * Groups]);
        int most = (1 << bits) - 1;
        for (int g = 0; g < _scales.Length; g++)
        {
            var part = values.AsSpan(g * group, group).ToArray();
            float low = Math.Min(part.Min(), 0), high = Math.Max(part.Max(), 0);
            if (symmetric) (low, high) = (-Math.Max(high, -low), Math.Max(high, -low));
            _scales[g] = (float)(Half)((high - low) / most);
            // GPTQ's first version cannot say 0.
            _zeros[g] = symmetric ? 1 << (bits - 1) : (int)Math.Clamp(MathF.Round(-low / _scales[g]), 1, most);
            for (int i = 0; i < group; i++) _q[g * group + i] = (int)Math.Clamp(MathF.Round(part[i] / _scales[g]) + _zeros[g], 0, most);
        }
    }

    public int Rows { get; }

    public int Columns { get; }

    public int Groups { get; }

    public int Q(int row, int column) => _q[row * Columns + column];

    public int Zero(int row, int group) => _zeros[row * Groups + group];

    public float Scale(int row, int group) => _scales[row * Groups + group];

    /// <summary>What the numbers mean.</summary>
    public float[] Values() => [.. _q.Select((q, i) => _scales[i / _group] * (q - _zeros[i / _group]))];

    /// <summary>Words of integers, the first in the lowest bits.</summary>
    public byte[] Words(int rows, int columns, Func<int, int, int, int> at)
    {
        int perWord = 32 / _bits;
        var bytes = new List<byte>();
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
            {
                uint word = 0;
                for (int i = 0; i < perWord; i++) word |= (uint)at(r, c, i) << (i * _bits);
                bytes.AddRange(BitConverter.GetBytes(word));
            }
        return [.. bytes];
    }

    /// <summary>Scales in binary16.</summary>
    public byte[] Halves(bool transposed) => transposed
        ? [.. from g in Enumerable.Range(0, Groups) from r in Enumerable.Range(0, Rows) from b in BitConverter.GetBytes((Half)Scale(r, g)) select b]
        : [.. from r in Enumerable.Range(0, Rows) from g in Enumerable.Range(0, Groups) from b in BitConverter.GetBytes((Half)Scale(r, g)) select b];
}
