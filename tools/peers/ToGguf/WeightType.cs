using System.Runtime.InteropServices;

namespace KernelDsl.Tools.Peers.ToGguf;

/// <summary>Turns numbers into blocks of a tensor type.</summary>
delegate void Encode(ReadOnlySpan<float> values, Span<byte> blocks);

/// <summary>A tensor type of ggml.</summary>
/// <param name="Name">What users call it.</param>
/// <param name="Tensor">Its number in the table of tensors.</param>
/// <param name="File">The number of a file whose matrices have it (general.file_type).</param>
/// <param name="Block">Elements of a block.</param>
/// <param name="BlockBytes">Bytes of a block.</param>
/// <param name="Encode">Fills blocks.</param>
sealed record WeightType(string Name, int Tensor, int File, int Block, int BlockBytes, Encode Encode)
{
    /// <summary>For norms and biases, which llama.cpp expects in full precision.</summary>
    public static WeightType Float32 { get; } = new("f32", 0, 0, 1, 4, static (values, blocks) => MemoryMarshal.AsBytes(values).CopyTo(blocks));

    /// <summary>For matrices.</summary>
    public static IReadOnlyList<WeightType> All { get; } =
    [
        new("bf16", 30, 32, 1, 2, ToBFloat16),
        new("f16", 1, 1, 1, 2, ToFloat16),
        new("q8_0", 8, 7, 32, 34, ToInt8),
        new("q4_0", 2, 2, 32, 18, ToInt4),
    ];

    /// <summary>The type with this name.</summary>
    public static WeightType Named(string name) => All.Single(t => t.Name == name);

    /// <summary>Bytes of this many elements.</summary>
    public long Bytes(long elements) => elements / Block * BlockBytes;

    // To nearest, ties to even; values that came from bf16 stay what they were.
    private static void ToBFloat16(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        var halves = MemoryMarshal.Cast<byte, ushort>(blocks);
        for (int i = 0; i < values.Length; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(values[i]);
            halves[i] = (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
        }
    }

    private static void ToFloat16(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        var halves = MemoryMarshal.Cast<byte, Half>(blocks);
        for (int i = 0; i < values.Length; i++)
            halves[i] = (Half)values[i];
    }

    // A half-precision scale, then 32 signed bytes: the largest magnitude becomes 127.
    private static void ToInt8(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        for (; !values.IsEmpty; values = values[32..], blocks = blocks[34..])
        {
            float largest = 0;
            foreach (float value in values[..32])
                largest = Math.Max(largest, Math.Abs(value));
            float scale = largest / 127, inverse = scale == 0 ? 0 : 1 / scale;
            MemoryMarshal.Write(blocks, (Half)scale);
            for (int i = 0; i < 32; i++)
                blocks[2 + i] = (byte)(sbyte)MathF.Round(values[i] * inverse, MidpointRounding.AwayFromZero);
        }
    }

    // A half-precision scale, then 32 nibbles, offset by 8: elements 0 to 15 low, 16 to 31 high. The value of largest magnitude becomes -8,
    // so that the one level more on the negative side is used.
    private static void ToInt4(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        for (; !values.IsEmpty; values = values[32..], blocks = blocks[18..])
        {
            float extreme = 0;
            foreach (float value in values[..32])
                extreme = Math.Abs(value) > Math.Abs(extreme) ? value : extreme;
            float scale = extreme / -8, inverse = scale == 0 ? 0 : 1 / scale;
            MemoryMarshal.Write(blocks, (Half)scale);
            for (int i = 0; i < 16; i++)
                blocks[2 + i] = (byte)(Nibble(values[i] * inverse) | (Nibble(values[16 + i] * inverse) << 4));
        }
    }

    private static int Nibble(float value) => Math.Min(15, (int)(value + 8.5f));
}
