using CsCheck;

namespace KernelDsl.Language.Tests;

public sealed class BFloat16Tests
{
    [Fact]
    public void Widen_ThenRound_IsIdentityForEveryBitPattern()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            var value = new bf16((ushort)bits);
            var back = (bf16)(float)value;
            if (float.IsNaN((float)value)) Assert.Equal(bits | 0x40, back.Bits);
            else Assert.Equal(value, back);
        }
    }

    [Fact]
    public void Round_AnyFloat_IsTheNearestAndEvenOnTies() => Gen.UInt.Sample(bits =>
    {
        float x = BitConverter.UInt32BitsToSingle(bits);
        if (float.IsNaN(x)) return float.IsNaN((float)(bf16)x);
        var below = new bf16((ushort)(bits >> 16));
        var above = new bf16((ushort)((bits >> 16) + 1));
        var got = (bf16)x;
        if (got != below && got != above) return false;

        // In bits, so that the step to infinity counts like any other: overflow rounds as if the exponent went on.
        uint toBelow = bits & 0xffff, toAbove = 0x10000 - toBelow;
        return toBelow == toAbove ? (got.Bits & 1) == 0 : got == (toBelow < toAbove ? below : above);
    });

    [Theory]
    [InlineData(1f, 0x3f80)]
    [InlineData(-2f, 0xc000)]
    [InlineData(0f, 0)]
    [InlineData(-0f, 0x8000)]
    [InlineData(float.PositiveInfinity, 0x7f80)]
    [InlineData(float.MaxValue, 0x7f80)]
    [InlineData(1.00390625f, 0x3f80)] // 1 + 2^-8: a tie, to even
    [InlineData(1.01171875f, 0x3f82)] // 1 + 3 · 2^-8: a tie, to even
    public void Round_KnownValue_HasKnownBits(float value, int bits) => Assert.Equal(bits, ((bf16)value).Bits);

    [Fact]
    public void Round_IsMonotone() => Gen.Select(Gen.Float, Gen.Float).Sample((a, b) =>
        float.IsNaN(a) || float.IsNaN(b) || (float)(bf16)Math.Min(a, b) <= (float)(bf16)Math.Max(a, b));

    [Fact]
    public void ToString_IsCultureInvariant() => Assert.Equal("1.5", ((bf16)1.5f).ToString());
}
