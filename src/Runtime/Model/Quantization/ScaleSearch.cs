using System.Numerics;
using System.Runtime.InteropServices;

namespace KernelDsl.Runtime.Model;

/// <summary>What a search found for the matrices that read the same inputs.</summary>
/// <param name="Alpha">The power.</param>
/// <param name="Scales">What each input channel of the matrices is multiplied with, and its input divided by.</param>
/// <param name="Importance">Mean square of each input as it will be: divided by its scale.</param>
/// <param name="Plain">‖(Q(W) - W) x‖ / ‖W x‖ on the sample, without scales.</param>
/// <param name="Scaled">The same with them, and with the ranges of groups clipped where that is nearer.</param>
sealed record FoundScales(float Alpha, float[] Scales, float[] Importance, double Plain, double Scaled);

/// <summary>
/// Activation-aware scaling (Lin et al. 2023, AWQ, section 3.2): weights of channels with large inputs are made larger before they are rounded, so
/// that their rounding errs less; s = (mean |x|)^α, where α is the power of a grid with which the outputs of the rounded matrices are nearest.
/// </summary>
static class ScaleSearch
{
    // The paper's grid: 0 leaves all as it is, 1 makes all inputs equally large.
    private const int Steps = 20;

    // Outputs of a matrix that are looked at, evenly spread.
    private const int MostOutputs = 512;

    // A channel that is never used must not get all the range.
    private const float Least = 1e-4f;

    /// <summary>Searches.</summary>
    /// <param name="matrices">They read the same inputs.</param>
    /// <param name="inputs">What they read.</param>
    /// <param name="format">What they become; whole groups.</param>
    public static FoundScales Find(IReadOnlyList<FloatTensor> matrices, InputSample inputs, WeightFormat format)
    {
        var parts = matrices.Select(m => new Part(m, inputs)).ToArray();
        // Each matrix counts by its relative error: what q and k give is larger than what v gives, and no more important.
        double Error(float[] scales, float[]? importance) => Math.Sqrt(parts.Average(p => p.Error(scales, importance, format)));
        var tried = Enumerable.Range(0, Steps).Select(static step => (float)step / Steps).Select(alpha =>
        {
            var scales = Scales(inputs.Magnitudes, alpha);
            return (Alpha: alpha, Scales: scales, Error: Error(scales, null));
        }).ToArray();
        var best = tried.MinBy(static t => t.Error);
        float[] importance = [.. inputs.Squares.Zip(best.Scales, static (square, scale) => square / (scale * scale))];
        return new(best.Alpha, best.Scales, importance, tried[0].Error, Error(best.Scales, importance));
    }

    /// <summary>magnitude^alpha, in the middle of its range around 1.</summary>
    private static float[] Scales(float[] magnitudes, float alpha)
    {
        var scales = Array.ConvertAll(magnitudes, m => MathF.Max(MathF.Pow(m, alpha), Least));
        float middle = MathF.Sqrt(scales.Max() * scales.Min());
        return Array.ConvertAll(scales, s => s / middle);
    }

    /// <summary>Some outputs of a matrix.</summary>
    private sealed class Part
    {
        private readonly InputSample _inputs;
        private readonly ElementType _element;
        private readonly float[] _rows;
        private readonly double _power;

        public Part(FloatTensor matrix, InputSample inputs)
        {
            int count = Math.Min(matrix.Rows, MostOutputs), columns = matrix.Columns;
            (_inputs, _element, _rows) = (inputs, matrix.Element, new float[count * columns]);
            for (int r = 0; r < count; r++) matrix.Read((int)((long)r * matrix.Rows / count), 1, _rows.AsSpan(r * columns, columns));
            _power = Sum((row, _) => Outputs(row));
        }

        /// <summary>‖(Q(W s) / s - W) x‖² / ‖W x‖².</summary>
        public double Error(float[] scales, float[]? importance, WeightFormat format) => _power == 0 ? 0 : Sum((row, difference) =>
        {
            Round(row, scales, importance, format, difference);
            return Outputs(difference);
        }) / _power;

        private double Sum(Func<ReadOnlySpan<float>, Span<float>, double> ofRow)
        {
            int columns = _inputs.Channels;
            var sums = new double[_rows.Length / columns];
            Parallel.For(0, sums.Length, () => new float[columns], (r, _, buffer) =>
            {
                sums[r] = ofRow(_rows.AsSpan(r * columns, columns), buffer);
                return buffer;
            }, static _ => { });
            return sums.Sum();
        }

        private void Round(ReadOnlySpan<float> row, float[] scales, float[]? importance, WeightFormat format, Span<float> difference)
        {
            Span<sbyte> q = stackalloc sbyte[format.Group];
            for (int i = 0; i < row.Length; i++) difference[i] = row[i] * scales[i];
            for (int g = 0; g < row.Length; g += format.Group)
            {
                ReadOnlySpan<float> group = difference.Slice(g, format.Group);
                float scale, zero;
                if (importance == null) GroupRounding.Round(group, format, _element, q, out scale, out zero);
                else GroupRounding.Round(group, importance.AsSpan(g, format.Group), format, _element, q, out scale, out zero);
                for (int i = 0; i < q.Length; i++) difference[g + i] = scale * (q[i] - zero) / scales[g + i] - row[g + i];
            }
        }

        /// <summary>Σ (row · x)² over the sample.</summary>
        private double Outputs(ReadOnlySpan<float> row)
        {
            double sum = 0;
            for (int t = 0; t < _inputs.Rows.Length; t += row.Length)
            {
                double output = Dot(row, _inputs.Rows.AsSpan(t, row.Length));
                sum += output * output;
            }
            return sum;
        }

        private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
        {
            var va = MemoryMarshal.Cast<float, Vector<float>>(a);
            var vb = MemoryMarshal.Cast<float, Vector<float>>(b);
            var sums = Vector<float>.Zero;
            for (int i = 0; i < va.Length; i++) sums += va[i] * vb[i];
            float sum = Vector.Sum(sums);
            for (int i = va.Length * Vector<float>.Count; i < a.Length; i++) sum += a[i] * b[i];
            return sum;
        }
    }
}
