using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace KernelDsl.Runtime.Model;

/// <summary>
/// A matrix in compressed-tensors' format pack-quantized: weight_packed [outputs, inputs / n] has n = 32 / bits integers to a word, the first in
/// the lowest bits, each plus 2^(bits - 1); weight_scale [outputs, groups]; weight_shape; and with zero points weight_zero_point
/// [outputs / n rounded up, groups], which are packed like the weights but along outputs (compressed_tensors, pack_quantized.py).
/// </summary>
sealed class PackedMatrix
{
    // Pieces begin at multiples of this, which n divides: no word of zero points is shared.
    private const int PieceRows = 64;

    private readonly string _name;
    private readonly FloatTensor _source;
    private readonly WeightFormat _format;

    /// <summary>A matrix to be rounded.</summary>
    /// <param name="name">Its name as floats; ends with .weight.</param>
    /// <param name="source">Floats; whole groups.</param>
    /// <param name="format">Integers.</param>
    public PackedMatrix(string name, FloatTensor source, WeightFormat format) => (_name, _source, _format) = (name, source, format);

    /// <summary>Its tensors.</summary>
    public IEnumerable<PlannedTensor> Tensors
    {
        get
        {
            int rows = _source.Rows, words = _source.Columns / PerWord;
            yield return new(Packed, "I32", [rows, words], (long)rows * words * sizeof(int));
            // Scales have the model's type: loaders put them into a parameter of it.
            yield return new(Scale, _source.DType, [rows, Groups], (long)rows * Groups * _source.Element.Size());
            yield return new(Shape, "I64", [2], 2 * sizeof(long));
            if (_format.HasZeros) yield return new(ZeroPoint, "I32", [ZeroRows, Groups], (long)ZeroRows * Groups * sizeof(int));
        }
    }

    /// <summary>Rounds and writes it; the source's memory is let go.</summary>
    /// <returns>‖w - w'‖ / ‖w‖ over the whole matrix.</returns>
    /// <exception cref="ModelException">A weight is not finite, or the system refuses to write.</exception>
    public double WriteTo(CheckpointWriter writer, ChannelFactors? factors)
    {
        var shape = new byte[2 * sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(shape, _source.Rows);
        BinaryPrimitives.WriteInt64LittleEndian(shape.AsSpan(sizeof(long)), _source.Columns);
        writer.Write(Shape, 0, shape);

        var sums = new (double Error, double Power)[(_source.Rows + PieceRows - 1) / PieceRows];
        try
        {
            Parallel.For(0, sums.Length, i => sums[i] = WritePiece(writer, i * PieceRows, factors));
        }
        catch (AggregateException e)
        {
            throw e.InnerExceptions[0];
        }
        _source.Drop(0, _source.Rows);
        return Math.Sqrt(sums.Sum(static s => s.Error) / Math.Max(sums.Sum(static s => s.Power), double.Epsilon));
    }

    private int PerWord => _format.Encoding == WeightEncoding.Int4 ? 8 : 4;

    private int Groups => _source.Columns / _format.Group;

    private int ZeroRows => (_source.Rows + PerWord - 1) / PerWord;

    private string Packed => _name + "_packed";

    private string Scale => _name + "_scale";

    private string Shape => _name + "_shape";

    private string ZeroPoint => _name + "_zero_point";

    private (double Error, double Power) WritePiece(CheckpointWriter writer, int first, ChannelFactors? factors)
    {
        int rows = Math.Min(PieceRows, _source.Rows - first), columns = _source.Columns, group = _format.Group;
        var weights = new float[rows * columns];
        var rounded = new sbyte[weights.Length];
        float[] scales = new float[rows * Groups], zeros = new float[scales.Length];
        _source.Read(first, rows, weights);
        factors?.Apply(first, weights, columns);

        double error = 0, power = 0;
        for (int g = 0; g < scales.Length; g++)
        {
            ReadOnlySpan<float> w = weights.AsSpan(g * group, group);
            Span<sbyte> q = rounded.AsSpan(g * group, group);
            if (factors?.Importance is { } importance) GroupRounding.Round(w, importance.AsSpan(g % Groups * group, group), _format, _source.Element, q, out scales[g], out zeros[g]);
            else GroupRounding.Round(w, _format, _source.Element, q, out scales[g], out zeros[g]);
            for (int i = 0; i < group; i++)
            {
                double difference = w[i] - scales[g] * (q[i] - zeros[g]);
                error += difference * difference;
                power += (double)w[i] * w[i];
            }
        }
        if (!double.IsFinite(error + power)) throw NotFinite(first, weights);

        writer.Write(Packed, (long)first * columns / PerWord * sizeof(int), Words(rounded));
        writer.Write(Scale, (long)first * Groups * _source.Element.Size(), Elements.FromFloat(scales, _source.Element));
        if (_format.HasZeros) writer.Write(ZeroPoint, (long)first / PerWord * Groups * sizeof(int), ZeroWords(zeros, rows));
        return (error, power);
    }

    /// <summary>Runs of integers as words.</summary>
    private byte[] Words(ReadOnlySpan<sbyte> values)
    {
        var words = new byte[values.Length / PerWord * sizeof(int)];
        for (int i = 0; i < words.Length; i++)
            words[i] = _format.Encoding == WeightEncoding.Int4 ? (byte)((byte)values[2 * i] | (byte)values[2 * i + 1] << 4) : (byte)(values[i] + 128);
        return words;
    }

    /// <summary>Zero points [rows, groups] as words of several rows; a last word that is not full ends with zeros.</summary>
    private byte[] ZeroWords(float[] zeros, int rows)
    {
        int bits = 32 / PerWord, shift = _format.Encoding == WeightEncoding.Int4 ? 0 : 128;
        var words = new uint[(rows + PerWord - 1) / PerWord * Groups];
        for (int r = 0; r < rows; r++)
            for (int g = 0; g < Groups; g++)
                words[r / PerWord * Groups + g] |= (uint)(zeros[r * Groups + g] + shift) << (r % PerWord * bits);
        return MemoryMarshal.AsBytes<uint>(words).ToArray();
    }

    private ModelException NotFinite(int first, float[] weights)
    {
        int at = Math.Max(Array.FindIndex(weights, static w => !float.IsFinite(w)), 0);
        return new(_name, $"the weight of output {first + at / _source.Columns} and input {at % _source.Columns} is {weights[at]}; all must be finite: is the file damaged?");
    }
}
