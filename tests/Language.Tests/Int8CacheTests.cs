namespace KernelDsl.Language.Tests;

/// <summary>What a store into int8 pages keeps and a load gives.</summary>
public sealed class Int8CacheTests
{
    private readonly TestData _data = new();

    [Fact]
    public void Store_OfRandomVectors_IsWithinHalfAStep()
    {
        const int Positions = 5, Heads = 3, Lanes = 64;
        var x = _data.BFloat16(Positions, Heads, Lanes);
        var cache = new HostCache<bf16>(new(4, 2, Heads, Lanes), new([3, 0, 1], 1, 3), CacheFormat.Int8);
        ReferenceLauncher.Run(() => Write(x, cache));

        for (int p = 0; p < Positions; p++)
            for (int h = 0; h < Heads; h++)
            {
                float largest = Enumerable.Range(0, Lanes).Max(i => Math.Abs((float)x[p, h, i])), scale = largest / 127;
                int vector = ((cache.Table[0, p / 2] * 2) + (p % 2)) * Heads + h;
                Assert.Equal(scale, cache.Scales[vector]);
                Assert.Equal(127, Enumerable.Range(0, Lanes).Max(i => Math.Abs((int)cache.Integers[vector * Lanes + i])));
                for (int i = 0; i < Lanes; i++)
                {
                    Assert.Equal((bf16)(cache.Integers[vector * Lanes + i] * scale), cache[0, p, h, i]);
                    Assert.InRange(Math.Abs(cache.Integers[vector * Lanes + i] * scale - (float)x[p, h, i]), 0, 0.5001f * scale);
                }
            }

        static void Write(In<bf16> x, Paged<bf16> cache)
        {
            Block h = Full(Heads), d = Full(Lanes);
            for (int p = 0; p < Positions; p++)
                cache[0, p, h, d] = x[p, h, d];
        }
    }

    [Theory]
    [InlineData(new[] { 127f, 2.5f, 3.5f, -0.5f }, new[] { 127f, 2, 4, 0 })] // ties to even
    [InlineData(new[] { 0f, -0f, 0, 0 }, new[] { 0f, 0, 0, 0 })]
    [InlineData(new[] { 1e-36f, 1e-38f, 0, 0 }, new[] { 0f, 0, 0, 0 })] // the scale would be denormal
    [InlineData(new[] { 1f, float.PositiveInfinity, 0, 0 }, new[] { float.NaN, float.NaN, float.NaN, float.NaN })]
    [InlineData(new[] { 1f, float.NaN, 0, 0 }, new[] { float.NaN, float.NaN, float.NaN, float.NaN })]
    public void Vector_Stored_Reads(float[] lanes, float[] expected)
    {
        var cache = Cache();
        ReferenceLauncher.Run(() => Write(new HostTensor<bf16>(Array.ConvertAll(lanes, static v => (bf16)v), 4), cache));
        Assert.Equal(expected, Enumerable.Range(0, 4).Select(i => (float)cache[0, 1, 0, i]));
        Assert.All(Enumerable.Range(0, 4), i => Assert.Equal(0, cache[0, 0, 0, i].Bits)); // nothing else changes

        static void Write(In<bf16> x, Paged<bf16> cache)
        {
            var d = Full(4);
            cache[0, 1, 0, d] = x[d];
        }
    }

    [Fact]
    public void Store_OfSomeLanes_SaysSo()
    {
        var x = _data.BFloat16(4);
        var message = Assert.Throws<KernelException>(() => ReferenceLauncher.Run(() => Write(x, Cache()))).Message;
        Assert.StartsWith("KDSL0053: a store of 2 lanes from 1 on into int8 pages", message);

        static void Write(In<bf16> x, Paged<bf16> cache)
        {
            var d = Full(2) + 1;
            cache[0, 1, 0, d] = x[d];
        }
    }

    private static HostCache<bf16> Cache() => new(new(1, 2, 1, 4), new([0], 1, 1), CacheFormat.Int8);
}
