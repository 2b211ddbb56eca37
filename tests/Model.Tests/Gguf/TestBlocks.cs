using System.Buffers.Binary;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Gguf;

/// <summary>
/// ggml's quantised blocks spelt out element by element, for reading and for writing: where the bits of element i, of its group's scale and of
/// its minimum lie. Nothing of the product is used.
/// </summary>
static class TestBlocks
{
    public static readonly GgufType[] Quantised =
        [GgufType.Q4_0, GgufType.Q4_1, GgufType.Q5_0, GgufType.Q5_1, GgufType.Q8_0, GgufType.Q4_K, GgufType.Q5_K, GgufType.Q6_K];

    public static (int Size, int Bytes, int Group, int Centre, int Bits) Layout(GgufType type) => type switch
    {
        GgufType.Q4_0 => (32, 18, 32, 8, 4),
        GgufType.Q4_1 => (32, 20, 32, 0, 4),
        GgufType.Q5_0 => (32, 22, 32, 16, 5),
        GgufType.Q5_1 => (32, 24, 32, 0, 5),
        GgufType.Q8_0 => (32, 34, 32, 128, 8),
        GgufType.Q4_K => (256, 144, 32, 0, 4),
        GgufType.Q5_K => (256, 176, 32, 0, 5),
        GgufType.Q6_K => (256, 210, 16, 32, 6),
        _ => throw new ArgumentException($"{type}"),
    };

    /// <summary>A run of bits of a block: byte, first bit, number.</summary>
    private readonly record struct Bits(int Byte, int Shift, int Count)
    {
        public int Get(ReadOnlySpan<byte> block) => block[Byte] >> Shift & ((1 << Count) - 1);

        public void Put(Span<byte> block, int value)
        {
            int mask = ((1 << Count) - 1) << Shift;
            block[Byte] = (byte)(block[Byte] & ~mask | value << Shift & mask);
        }
    }

    /// <summary>An integer in one or two runs, the lowest bits first.</summary>
    private readonly record struct Runs(Bits Low, Bits High = default)
    {
        public int Get(ReadOnlySpan<byte> block) => Low.Get(block) | (High.Count == 0 ? 0 : High.Get(block) << Low.Count);

        public void Put(Span<byte> block, int value)
        {
            Low.Put(block, value);
            if (High.Count > 0) High.Put(block, value >> Low.Count);
        }
    }

    private static Runs Integer(GgufType type, int i) => type switch
    {
        GgufType.Q4_0 => new(new(2 + i % 16, i / 16 * 4, 4)),
        GgufType.Q4_1 => new(new(4 + i % 16, i / 16 * 4, 4)),
        GgufType.Q5_0 => new(new(6 + i % 16, i / 16 * 4, 4), new(2 + i / 8, i % 8, 1)),
        GgufType.Q5_1 => new(new(8 + i % 16, i / 16 * 4, 4), new(4 + i / 8, i % 8, 1)),
        GgufType.Q4_K => new(new(16 + i / 64 * 32 + i % 32, i / 32 % 2 * 4, 4)),
        GgufType.Q5_K => new(new(48 + i / 64 * 32 + i % 32, i / 32 % 2 * 4, 4), new(16 + i % 32, i / 32, 1)),
        GgufType.Q6_K => new(new(i / 128 * 64 + i % 64, i / 64 % 2 * 4, 4), new(128 + i / 128 * 32 + i % 32, i / 32 % 4 * 2, 2)),
        _ => throw new ArgumentException($"{type}"),
    };

    private static Runs SmallScale(int g) => g < 4 ? new(new(4 + g, 0, 6)) : new(new(8 + g, 0, 4), new(g, 6, 2));

    private static Runs SmallMinimum(int g) => g < 4 ? new(new(8 + g, 0, 6)) : new(new(8 + g, 4, 4), new(4 + g, 6, 2));

    public static float HalfAt(ReadOnlySpan<byte> block, int at) => (float)BinaryPrimitives.ReadHalfLittleEndian(block[at..]);

    /// <summary>Integer, scale and minimum of element i of a block.</summary>
    public static (int Q, float Scale, float Minimum) Read(GgufType type, ReadOnlySpan<byte> block, int i)
    {
        if (type == GgufType.Q8_0) return ((sbyte)block[2 + i], HalfAt(block, 0), 0);
        int q = Integer(type, i).Get(block) - Layout(type).Centre;
        return type switch
        {
            GgufType.Q4_0 or GgufType.Q5_0 => (q, HalfAt(block, 0), 0),
            GgufType.Q4_1 or GgufType.Q5_1 => (q, HalfAt(block, 0), -HalfAt(block, 2)),
            GgufType.Q6_K => (q, HalfAt(block, 208) * (sbyte)block[192 + i / 16], 0),
            _ => (q, HalfAt(block, 0) * SmallScale(i / 32).Get(block), HalfAt(block, 2) * SmallMinimum(i / 32).Get(block)),
        };
    }

    public static void PutHalf(Span<byte> block, int at, float value) => BinaryPrimitives.WriteHalfLittleEndian(block[at..], (Half)value);

    /// <summary>Sets the integer of an element, centred.</summary>
    public static void PutInteger(GgufType type, Span<byte> block, int i, int q)
    {
        if (type == GgufType.Q8_0) block[2 + i] = (byte)(sbyte)q;
        else Integer(type, i).Put(block, q + Layout(type).Centre);
    }

    /// <summary>Sets the six-bit scale and minimum of a group of Q4_K or Q5_K.</summary>
    public static void PutSmall(Span<byte> block, int group, int scale, int minimum)
    {
        SmallScale(group).Put(block, scale);
        SmallMinimum(group).Put(block, minimum);
    }
}
