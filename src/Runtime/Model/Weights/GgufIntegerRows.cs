namespace KernelDsl.Runtime.Model;

/// <summary>
/// Integers of a GGUF file. Every type but Q6_K keeps its integers; a minimum becomes a zero point, minimum / scale. Q6_K has groups of 16,
/// which <see cref="GgufRegrouping"/> joins.
/// </summary>
sealed class GgufIntegerRows(GgufFile file, GgufTensor tensor, int rows, int columns) : IntegerTensor(rows, columns, FormatOf(tensor.Type!.Value))
{
    private readonly GgufType _type = tensor.Type!.Value;

    /// <summary>What a type becomes.</summary>
    public static WeightFormat FormatOf(GgufType type) => type switch
    {
        GgufType.Q4_0 => WeightFormat.Int4(),
        GgufType.Q4_1 or GgufType.Q4_K => WeightFormat.Int4(hasZeros: true),
        GgufType.Q5_1 or GgufType.Q5_K => WeightFormat.Int8() with { HasZeros = true },
        _ => WeightFormat.Int8(),
    };

    /// <inheritdoc/>
    public override void Read(int row, int count, Span<sbyte> values, Span<float> scales, Span<float> zeros)
    {
        var blocks = file.Read(tensor, row * tensor.RowBytes, checked((int)(count * tensor.RowBytes)));
        if (_type == GgufType.Q6_K)
        {
            var fine = new float[values.Length / GgufBlocks.GroupSize(_type)];
            GgufBlocks.Split(_type, blocks, values, fine, []);
            GgufRegrouping.Join(values, fine, scales);
            return;
        }

        GgufBlocks.Split(_type, blocks, values, scales, zeros);
        if (Format.HasZeros) Offset(values, scales, zeros);
        else if (Format.Centre is not 0 and var centre)
            for (int i = 0; i < values.Length; i++) values[i] += (sbyte)centre;
    }

    /// <inheritdoc/>
    public override void Drop(int row, int count) => file.Drop(tensor, row * tensor.RowBytes, count * tensor.RowBytes);

    /// <summary>
    /// From minima to zero points. Both numbers become binary16: the zero point is that of the scale as it will be read. A group whose minimum
    /// dwarfs its steps is that minimum alone, which says it more precisely than bf16 would.
    /// </summary>
    private void Offset(Span<sbyte> values, Span<float> scales, Span<float> zeros)
    {
        float largest = (float)Half.MaxValue;
        for (int g = 0; g < scales.Length; g++)
        {
            float minimum = zeros[g], zero = minimum / (float)(Half)scales[g];
            if (minimum == 0 || Math.Abs(zero) <= largest)
            {
                zeros[g] = minimum == 0 ? 0 : zero;
                continue;
            }
            values.Slice(g * Format.Group, Format.Group).Clear();
            (scales[g], zeros[g]) = (minimum, 1);
        }
    }
}
