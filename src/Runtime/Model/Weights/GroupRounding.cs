namespace KernelDsl.Runtime.Model;

/// <summary>
/// Rounds groups of weights to nearest. The scale takes the group's largest magnitude to the end of the range; it is rounded to what it is stored
/// as before the weights are, so that its own rounding costs hardly anything.
/// </summary>
public static class GroupRounding
{
    // Parts of a group's range. Less of it makes finer steps and clips the outermost weights; a little more spares int4's shorter side.
    private static readonly float[] Ranges = [1, 0.95f, 0.9f, 0.85f, 0.8f, 0.75f, 0.7f, 1.05f];

    /// <summary>w ≈ scale · (q - zero) for one group.</summary>
    /// <param name="group">Weights of consecutive inputs of an output.</param>
    /// <param name="format">The integers and whether there are zero points.</param>
    /// <param name="stored">What the scale is stored as.</param>
    /// <param name="values">q: 0 to 15 of int4; -127 to 127 of int8, or with zero points -128 to 127.</param>
    /// <param name="scale">Negative where int4 without zero points has its largest magnitude above 0; 0 where all weights are.</param>
    /// <param name="zero">A whole number in the range of q: the middle where the format has no zero points.</param>
    public static void Round(ReadOnlySpan<float> group, WeightFormat format, ElementType stored, Span<sbyte> values, out float scale, out float zero)
    {
        var (least, most) = RangeOf(group);
        Round(group, least, most, format, stored, values, out scale, out zero);
    }

    /// <summary>The same with the part of the range whose error Σ importance · (w - scale · (q - zero))² is least (AWQ's clipping, Lin et al. 2023).</summary>
    /// <param name="group">Weights of consecutive inputs of an output.</param>
    /// <param name="importance">Of each input: its mean square.</param>
    /// <param name="format">The integers and whether there are zero points.</param>
    /// <param name="stored">What the scale is stored as.</param>
    /// <param name="values">q, as above.</param>
    /// <param name="scale">As above.</param>
    /// <param name="zero">As above.</param>
    public static void Round(
        ReadOnlySpan<float> group, ReadOnlySpan<float> importance, WeightFormat format, ElementType stored, Span<sbyte> values, out float scale, out float zero)
    {
        var (least, most) = RangeOf(group);
        float best = float.PositiveInfinity, range = 1;
        foreach (float part in Ranges)
        {
            Round(group, part * least, part * most, format, stored, values, out scale, out zero);
            float error = 0;
            for (int i = 0; i < values.Length; i++)
            {
                float difference = group[i] - scale * (values[i] - zero);
                error += importance[i] * difference * difference;
            }
            if (error < best) (best, range) = (error, part);
        }
        Round(group, range * least, range * most, format, stored, values, out scale, out zero);
    }

    private static (float Least, float Most) RangeOf(ReadOnlySpan<float> group)
    {
        float least = 0, most = 0;
        foreach (float w in group) (least, most) = (Math.Min(least, w), Math.Max(most, w));
        return (least, most);
    }

    private static void Round(
        ReadOnlySpan<float> group, float least, float most, WeightFormat format, ElementType stored, Span<sbyte> values, out float scale, out float zero)
    {
        bool int8 = format.Encoding == WeightEncoding.Int8;
        zero = format.Centre;
        if (format.HasZeros)
        {
            var (low, high) = int8 ? (-128, 127) : (0, 15);
            scale = Stored((most - least) / (high - low), stored);
            zero = scale == 0 ? 0 : Math.Clamp(MathF.Round(low - (least / scale)), low, high);
            Round(group, scale, zero, low, high, values);
        }
        else if (int8)
        {
            scale = Stored(Math.Max(most, -least) / 127, stored);
            Round(group, scale, zero, -127, 127, values);
        }
        else
        {
            // The end of the range that reaches further, -8, goes to the larger side (ggml's Q4_0, AutoRound's symmetric integers).
            scale = Stored((most > -least ? -most : -least) / 8, stored);
            Round(group, scale, zero, 0, 15, values);
        }
    }

    private static void Round(ReadOnlySpan<float> group, float scale, float zero, int low, int high, Span<sbyte> values)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = (sbyte)Math.Clamp(scale == 0 ? zero : MathF.Round((group[i] / scale) + zero), low, high);
    }

    private static float Stored(float scale, ElementType element) => element switch
    {
        ElementType.Float16 => (float)(Half)scale,
        ElementType.BFloat16 => (float)(BFloat16)scale,
        _ => scale,
    };
}
