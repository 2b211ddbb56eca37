namespace KernelDsl.Runtime.Model;

/// <summary>ggml's super-blocks ("K-quants"): 256 elements whose groups' scales are themselves small integers times one half.</summary>
static class GgufSuperBlocks
{
    private const int Size = 256;

    /// <summary>
    /// Q4_K and Q5_K: halves d and dmin; eight scales and eight minima of six bits in twelve bytes; in Q5_K 32 bytes of fifth bits, of which bit g of
    /// byte i belongs to element i of group g; then four bits each: 32 bytes hold a group of 32 in the low bits and the next in the high bits.
    /// </summary>
    public static void SplitWithMinima(GgufType type, ReadOnlySpan<byte> block, Span<sbyte> q, Span<float> scales, Span<float> minima)
    {
        const int Group = 32, Groups = Size / Group, PackedBytes = 12;
        float d = GgufSmallBlocks.HalfAt(block, 0), dMin = GgufSmallBlocks.HalfAt(block, 2);
        var packed = block.Slice(4, PackedBytes);
        var rest = block[(4 + PackedBytes)..];
        var fifth = type == GgufType.Q5_K ? rest[..Group] : default;
        var nibbles = rest[fifth.Length..];
        for (int g = 0; g < Groups; g++)
        {
            var (scale, minimum) = SixBits(packed, g);
            // A half times six bits is exact in float32.
            scales[g] = d * scale;
            minima[g] = dMin * minimum;

            var bytes = nibbles.Slice(g / 2 * Group, Group);
            int shift = g % 2 * 4;
            for (int i = 0; i < Group; i++)
            {
                int value = bytes[i] >> shift & 15;
                if (!fifth.IsEmpty) value |= (fifth[i] >> g & 1) << 4;
                q[g * Group + i] = (sbyte)value;
            }
        }
    }

    /// <summary>
    /// Q6_K: 128 bytes of low four bits, 64 of high two bits, sixteen signed scales, a half. Each half of the block has four runs of 32: the low
    /// bits of 64 bytes hold runs 0 and 1, their high bits runs 2 and 3; a byte of high bits holds the same element of the four runs.
    /// </summary>
    public static void SplitQ6(ReadOnlySpan<byte> block, Span<sbyte> q, Span<float> scales)
    {
        const int Run = 32, Half = Size / 2, Runs = Size / Run;
        var high = block.Slice(Half, Size / 4);
        var packed = block.Slice(Half + Size / 4, scales.Length);
        float d = GgufSmallBlocks.HalfAt(block, Half + Size / 4 + scales.Length);
        for (int g = 0; g < scales.Length; g++) scales[g] = d * (sbyte)packed[g];

        for (int run = 0; run < Runs; run++)
        {
            int half = run / 4, inHalf = run % 4;
            var low = block.Slice(half * 64 + inHalf % 2 * Run, Run);
            var two = high.Slice(half * Run, Run);
            for (int i = 0; i < Run; i++)
            {
                int value = low[i] >> (inHalf / 2 * 4) & 15 | (two[i] >> (inHalf * 2) & 3) << 4;
                q[run * Run + i] = (sbyte)(value - 32);
            }
        }
    }

    /// <summary>The first four scales and minima are the low six bits of bytes 0-3 and 4-7; the others have their low four in bytes 8-11, their high two above those.</summary>
    private static (int Scale, int Minimum) SixBits(ReadOnlySpan<byte> packed, int group)
    {
        if (group < 4) return (packed[group] & 63, packed[group + 4] & 63);
        byte low = packed[group + 4];
        return (low & 15 | packed[group - 4] >> 6 << 4, low >> 4 | packed[group] >> 6 << 4);
    }
}
