namespace KernelDsl.Runtime.Model;

/// <summary>
/// The one format of a matrix that is made of several tensors, exact for every part: int8 where a part is int8, zero points where a part has
/// them or where int4 joins int8, groups that divide the parts' groups. A float part makes all of it bf16.
/// </summary>
static class CommonFormat
{
    /// <summary>The format that holds all the parts.</summary>
    public static WeightFormat Of(params ReadOnlySpan<StoredTensor> parts)
    {
        var encoding = WeightEncoding.Int4;
        // Longer groups are stored as several with the same scale.
        int group = WeightFormat.LongestPacked;
        bool zeros = false;
        foreach (var part in parts)
        {
            if (part is not IntegerTensor { Format: var format }) return WeightFormat.BFloat16;
            if (format.Encoding == WeightEncoding.Int8) encoding = WeightEncoding.Int8;
            zeros |= format.HasZeros;
            group = Divisor(group, format.Group);
        }
        return new(encoding, group, zeros);
    }

    /// <summary>
    /// Moves rows to another format that <see cref="Of"/> chose: groups are repeated, int4 that becomes int8 without zero points is centred.
    /// </summary>
    public static void Convert(WeightFormat from, WeightFormat to, Span<sbyte> values, ReadOnlySpan<float> scales, ReadOnlySpan<float> zeros, Span<float> toScales, Span<float> toZeros)
    {
        int split = from.Group / to.Group, centre = from.Centre;
        for (int g = 0; g < toScales.Length; g++) toScales[g] = scales[g / split];
        for (int g = 0; g < toZeros.Length; g++) toZeros[g] = from.HasZeros ? zeros[g / split] : centre;
        if (!to.HasZeros && centre != to.Centre)
            for (int i = 0; i < values.Length; i++) values[i] -= (sbyte)centre;
    }

    private static int Divisor(int a, int b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }
}
