using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Gguf;

public sealed class GgufBlocksTests
{
    public static TheoryData<GgufType> Quantised => [.. TestBlocks.Quantised];

    public static TheoryData<GgufType> AllTypes => [.. Enum.GetValues<GgufType>()];

    // Any bytes are a block, except that a half may be infinite or no number.
    private static byte[] RandomBlocks(GgufType type, int count)
    {
        var (_, bytes, _, _, _) = TestBlocks.Layout(type);
        var random = new Random((int)type);
        var blocks = new byte[count * bytes];
        random.NextBytes(blocks);
        for (int i = 0; i < count; i++)
        {
            var block = blocks.AsSpan(i * bytes, bytes);
            foreach (int at in type == GgufType.Q6_K ? [208] : type is GgufType.Q4_0 or GgufType.Q5_0 or GgufType.Q8_0 ? [0] : (ReadOnlySpan<int>)[0, 2])
                TestBlocks.PutHalf(block, at, random.NextSingle() * 4 - 2);
        }
        return blocks;
    }

    [Theory]
    [MemberData(nameof(Quantised))]
    public void Split_AnyBlocks_HasEveryElementsIntegerScaleAndMinimum(GgufType type)
    {
        const int Count = 40;
        var (size, bytes, group, centre, bits) = TestBlocks.Layout(type);
        var blocks = RandomBlocks(type, Count);
        var q = new sbyte[Count * size];
        float[] scales = new float[q.Length / group], minima = new float[scales.Length];
        GgufBlocks.Split(type, blocks, q, scales, minima);

        Assert.Equal((group, (-centre, (1 << bits) - 1 - centre)), (GgufBlocks.GroupSize(type), GgufBlocks.Range(type)));
        for (int i = 0; i < q.Length; i++)
            Assert.Equal(TestBlocks.Read(type, blocks.AsSpan(i / size * bytes, bytes), i % size), (q[i], scales[i / group], minima[i / group]));
        Assert.Equal(GgufBlocks.Range(type), (q.Min(), q.Max()));
        Assert.Equal(GgufBlocks.HasMinimum(type), minima.Any(static m => m != 0));
    }

    [Theory]
    [MemberData(nameof(Quantised))]
    public void Dequantize_AnyBlocks_IsExactlyScaleTimesIntegerMinusMinimum(GgufType type)
    {
        const int Count = 40;
        var (size, bytes, _, _, _) = TestBlocks.Layout(type);
        var blocks = RandomBlocks(type, Count);
        var values = new float[Count * size];
        GgufBlocks.Dequantize(type, blocks, values);
        for (int i = 0; i < values.Length; i++)
        {
            var (q, scale, minimum) = TestBlocks.Read(type, blocks.AsSpan(i / size * bytes, bytes), i % size);
            Assert.Equal(scale * q - minimum, values[i]);
            // The float32 arithmetic loses at most its last bit against the exact value.
            double exact = (double)scale * q - minimum;
            Assert.True(Math.Abs(values[i] - exact) <= Math.Abs(exact) * 1.2e-7 + 1e-30, $"{values[i]} is not {exact}");
        }
    }

    [Theory]
    [MemberData(nameof(Quantised))]
    public void Split_WithoutMinima_IsAllowedWhereThereAreNone(GgufType type)
    {
        var (size, _, group, _, _) = TestBlocks.Layout(type);
        var blocks = RandomBlocks(type, 1);
        void Split() => GgufBlocks.Split(type, blocks, new sbyte[size], new float[size / group], []);
        if (GgufBlocks.HasMinimum(type)) Assert.Contains("minima has length 0", Assert.Throws<ArgumentException>(Split).Message, StringComparison.Ordinal);
        else Split();
    }

    [Theory]
    [MemberData(nameof(AllTypes))]
    public void Dequantize_WhatWasQuantised_IsNearTheValues(GgufType type)
    {
        var random = new Random(3);
        var values = new float[4 * 256];
        for (int i = 0; i < values.Length; i++) values[i] = (random.NextSingle() - 0.4f) * (1 + i / 32 % 5) / 50;
        var back = new float[values.Length];
        GgufBlocks.Dequantize(type, TestQuantiser.Encode(type, values), back);
        double noise = 0, power = 0;
        for (int i = 0; i < values.Length; i++) (noise, power) = (noise + Math.Pow(values[i] - back[i], 2), power + Math.Pow(values[i], 2));
        int bits = type switch { GgufType.F32 => 23, GgufType.F16 => 10, GgufType.BF16 => 7, _ => TestBlocks.Layout(type).Bits };
        Assert.True(Math.Sqrt(noise / power) < 1.5 / (1 << bits), $"{type}: relative error {Math.Sqrt(noise / power)}");
    }

    // By hand: a half of 0.5 is 0x3800, one of -2 is 0xC000; 2 is 0x4000.
    [Fact]
    public void Dequantize_BlocksWrittenByHand_AreTheNumbersOfTheFormat()
    {
        byte[] q4 = [0x00, 0x38, 0xF0, .. new byte[14], 0x18];
        var expected = Enumerable.Repeat(-4f, 32).ToArray();
        (expected[0], expected[16]) = (-4, 3.5f);
        (expected[15], expected[31]) = (0, -3.5f);
        Assert.Equal(expected, Values(GgufType.Q4_0, q4, 32));

        byte[] q8 = [0x00, 0x40, 0x80, 0x7F, .. new byte[30]];
        Assert.Equal([-256f, 254, .. new float[30]], Values(GgufType.Q8_0, q8, 32));

        // Q4_K: scale 33 and minimum 1 of group 0; scale 0x21 = 2·16 + 1 and minimum 0x13 = 1·16 + 3 of group 4, their high bits above groups 0 of each.
        byte[] q4k = [0x00, 0x38, 0x00, 0x40, 33 | 2 << 6, 0, 0, 0, 1 | 1 << 6, 0, 0, 0, 0x31, 0, 0, 0, .. Enumerable.Repeat((byte)0x52, 128)];
        var values = Values(GgufType.Q4_K, q4k, 256);
        Assert.All(values[..32], static v => Assert.Equal(0.5f * 33 * 2 - 2 * 1, v));
        Assert.All(values[32..128], static v => Assert.Equal(0, v));
        Assert.All(values[128..160], static v => Assert.Equal(0.5f * 33 * 2 - 2 * 19, v));
        Assert.All(values[160..], static v => Assert.Equal(0, v));
    }

    [Fact]
    public void Dequantize_UnalignedFloats_AreRead()
    {
        byte[] bytes = [0, 0, 0, 0x80, 0x3F, 0, 0x3C, 0x80, 0x3F];
        var value = new float[1];
        GgufBlocks.Dequantize(GgufType.F32, bytes.AsSpan(1, 4), value);
        Assert.Equal(1, value[0]);
        GgufBlocks.Dequantize(GgufType.F16, bytes.AsSpan(5, 2), value);
        Assert.Equal(1, value[0]);
        GgufBlocks.Dequantize(GgufType.BF16, bytes.AsSpan(7, 2), value);
        Assert.Equal(1, value[0]);
    }

    [Fact]
    public void Calls_WithLengthsThatDoNotFit_SayWhich()
    {
        static string Message(Action call) => Assert.Throws<ArgumentException>(call).Message;
        Assert.Contains("33 elements are no whole Q4_0 blocks of 32", Message(static () => GgufBlocks.Dequantize(GgufType.Q4_0, new byte[18], new float[33])), StringComparison.Ordinal);
        Assert.Contains("blocks has length 17; it must be 18", Message(static () => GgufBlocks.Dequantize(GgufType.Q4_0, new byte[17], new float[32])), StringComparison.Ordinal);
        Assert.Contains("scales has length 2; it must be 1", Message(static () => GgufBlocks.Split(GgufType.Q4_0, new byte[18], new sbyte[32], new float[2], [])), StringComparison.Ordinal);
        Assert.Contains("F16 is not a quantised type", Message(static () => GgufBlocks.Split(GgufType.F16, new byte[64], new sbyte[32], new float[1], [])), StringComparison.Ordinal);
        Assert.Contains("is not a type that is loaded", Message(static () => GgufBlocks.Dequantize((GgufType)10, new byte[84], new float[256])), StringComparison.Ordinal);
    }

    private static float[] Values(GgufType type, byte[] blocks, int count)
    {
        var values = new float[count];
        GgufBlocks.Dequantize(type, blocks, values);
        return values;
    }
}
