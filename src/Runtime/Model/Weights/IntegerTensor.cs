namespace KernelDsl.Runtime.Model;

/// <summary>A tensor of integers in groups: value [row, column] is scale[row, group] · (q[row, column] - zero[row, group]).</summary>
/// <param name="rows">Outputs; 1 for a vector.</param>
/// <param name="columns">Inputs; a vector's length.</param>
/// <param name="format">How it is stored; without zero points int4 has its zero at 8, and int8 from -128 on.</param>
public abstract class IntegerTensor(int rows, int columns, WeightFormat format) : StoredTensor(rows, columns)
{
    /// <summary>How it is stored. A group may be longer than a back end takes (<see cref="CommonFormat"/>).</summary>
    public WeightFormat Format { get; } = format;

    /// <summary>Groups of a row.</summary>
    public int Groups => Columns / Format.Group;

    /// <summary>Rows as integers.</summary>
    /// <param name="row">First row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="values">[count, columns].</param>
    /// <param name="scales">[count, groups].</param>
    /// <param name="zeros">The same; empty where the format has none.</param>
    public abstract void Read(int row, int count, Span<sbyte> values, Span<float> scales, Span<float> zeros);

    /// <inheritdoc/>
    public override void Read(int row, int count, Span<float> values)
    {
        var q = new sbyte[count * Columns];
        var scales = new float[count * Groups];
        var zeros = new float[Format.HasZeros ? scales.Length : 0];
        Read(row, count, q, scales, zeros);
        float centre = Format.Centre;
        for (int g = 0; g < scales.Length; g++)
        {
            float zero = Format.HasZeros ? zeros[g] : centre;
            for (int i = g * Format.Group; i < (g + 1) * Format.Group; i++) values[i] = scales[g] * (q[i] - zero);
        }
    }
}
