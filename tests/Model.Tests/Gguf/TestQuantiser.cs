using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Gguf;

/// <summary>Rounds values to ggml's types in the plainest way: scales from the extremes, integers to the nearest.</summary>
static class TestQuantiser
{
    /// <summary>Rows of values as blocks of a type.</summary>
    public static byte[] Encode(GgufType type, ReadOnlySpan<float> values)
    {
        switch (type)
        {
            case GgufType.F32: return [.. values.ToArray().SelectMany(BitConverter.GetBytes)];
            case GgufType.F16: return [.. values.ToArray().SelectMany(static v => BitConverter.GetBytes((Half)v))];
            case GgufType.BF16: return [.. values.ToArray().SelectMany(static v => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(v) >> 16)))];
        }
        var (size, bytes, _, _, _) = TestBlocks.Layout(type);
        var blocks = new byte[values.Length / size * bytes];
        for (int i = 0; i < values.Length / size; i++) Encode(type, values.Slice(i * size, size), blocks.AsSpan(i * bytes, bytes));
        return blocks;
    }

    private static void Encode(GgufType type, ReadOnlySpan<float> values, Span<byte> block)
    {
        var (size, _, group, centre, bits) = TestBlocks.Layout(type);
        int groups = size / group, most = (1 << bits) - 1 - centre;
        bool hasMinimum = centre == 0;
        var scales = new float[groups];
        var minima = new float[groups];
        for (int g = 0; g < groups; g++)
        {
            var part = values.Slice(g * group, group);
            float low = float.PositiveInfinity, high = float.NegativeInfinity;
            foreach (float v in part) (low, high) = (Math.Min(low, v), Math.Max(high, v));
            minima[g] = hasMinimum ? Math.Max(-low, 0) : 0;
            scales[g] = hasMinimum ? (high + minima[g]) / most : Math.Max(high, -low) / most;
        }
        PutScales(type, block, scales, minima);

        for (int g = 0; g < groups; g++)
        {
            // What the block can say of scale and minimum decides the integers.
            var (_, scale, minimum) = TestBlocks.Read(type, block, g * group);
            for (int i = g * group; i < (g + 1) * group; i++)
            {
                float q = scale == 0 ? 0 : MathF.Round((values[i] + minimum) / scale);
                TestBlocks.PutInteger(type, block, i, (int)Math.Clamp(q, -centre, most));
            }
        }
    }

    private static void PutScales(GgufType type, Span<byte> block, float[] scales, float[] minima)
    {
        float d = scales.Max(), m = minima.Max();
        switch (type)
        {
            case GgufType.Q4_K or GgufType.Q5_K:
                TestBlocks.PutHalf(block, 0, d / 63);
                TestBlocks.PutHalf(block, 2, m / 63);
                for (int g = 0; g < scales.Length; g++)
                    TestBlocks.PutSmall(block, g, Ratio(scales[g], TestBlocks.HalfAt(block, 0), 63), Ratio(minima[g], TestBlocks.HalfAt(block, 2), 63));
                break;
            case GgufType.Q6_K:
                TestBlocks.PutHalf(block, 208, d / 127);
                for (int g = 0; g < scales.Length; g++) block[192 + g] = (byte)Ratio(scales[g], TestBlocks.HalfAt(block, 208), 127);
                break;
            default:
                TestBlocks.PutHalf(block, 0, scales[0]);
                if (type is GgufType.Q4_1 or GgufType.Q5_1) TestBlocks.PutHalf(block, 2, -minima[0]);
                break;
        }
    }

    private static int Ratio(float value, float unit, int most) => unit == 0 ? 0 : (int)Math.Clamp(MathF.Round(value / unit), 0, most);
}
