namespace KernelDsl.Runtime.Model;

/// <summary>
/// Joins Q6_K's groups of 16 in pairs, as integers of eight bits. Exact where both scales are equal; else rounded again, by the better of two
/// scales: one that takes the largest value to 127, and one that keeps the integers of the coarser group.
/// </summary>
static class GgufRegrouping
{
    private const int Fine = 16, Coarse = 2 * Fine, Most = 127;

    /// <summary>Values and scales of groups of 16 to those of groups of 32.</summary>
    public static void Join(Span<sbyte> values, ReadOnlySpan<float> fine, Span<float> scales)
    {
        Span<float> exact = stackalloc float[Coarse];
        for (int g = 0; g < scales.Length; g++)
        {
            var group = values.Slice(g * Coarse, Coarse);
            var (first, second) = (fine[2 * g], fine[2 * g + 1]);
            if (first == second)
            {
                scales[g] = first;
                continue;
            }

            float largest = 0, step = Math.Max(Math.Abs(first), Math.Abs(second));
            for (int i = 0; i < Coarse; i++)
            {
                exact[i] = group[i] * (i < Fine ? first : second);
                largest = Math.Max(largest, Math.Abs(exact[i]));
            }
            float range = Stored(largest / Most), kept = Stored(step / Math.Max(1, MathF.Floor(Most * step / Math.Max(largest, step))));
            scales[g] = Error(exact, kept) < Error(exact, range) ? kept : range;
            for (int i = 0; i < Coarse; i++) group[i] = (sbyte)Round(exact[i], scales[g]);
        }
    }

    private static float Stored(float scale) => (float)(Half)scale;

    private static float Round(float value, float scale) => scale == 0 ? 0 : Math.Clamp(MathF.Round(value / scale), -Most, Most);

    private static float Error(ReadOnlySpan<float> exact, float scale)
    {
        float sum = 0;
        foreach (float value in exact)
        {
            float error = value - scale * Round(value, scale);
            sum += error * error;
        }
        return sum;
    }
}
