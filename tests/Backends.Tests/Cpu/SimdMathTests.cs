using System.Runtime.Intrinsics;
using KernelDsl.Backends.Cpu.Device;

namespace KernelDsl.Backends.Tests.Cpu;

/// <summary>The CPU's elementary functions against double precision.</summary>
public sealed class SimdMathTests
{
    public static TheoryData<string, float, float, double> Functions => new()
    {
        { "Exp", -87.3f, 88.7f, 2.5 },
        { "Sigmoid", -80, 80, 3.5 },
        { "Silu", -80, 80, 3.5 },
        { "Tanh", -12, 12, 3.5 },
        { "Log", 1e-30f, 1e30f, 2.5 },
        { "Rsqrt", 1e-30f, 1e30f, 1.5 },
    };

    [Theory]
    [MemberData(nameof(Functions))]
    public void Function_OverItsRange_IsWithinAFewUlp(string name, float from, float to, double ulps)
    {
        for (int i = 0; i <= 100_000; i++)
        {
            float x = from + ((to - from) * i / 100_000);
            float got = Apply(name, x);
            double want = Exact(name, x), ulp = Math.Max(MathF.BitIncrement(MathF.Abs((float)want)) - MathF.Abs((float)want), 1.5e-45);
            Assert.True(Math.Abs(got - want) <= ulps * ulp, $"{name}({x:R}) is {got:R}, not {want:R}");
        }
    }

    [Theory]
    [InlineData(0f, 1f)]
    [InlineData(-1e30f, 0f)]
    [InlineData(-88f, 0f)]
    [InlineData(89f, float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void Exp_AtTheEdges_IsExact(float x, float want) => Assert.Equal(want, Apply("Exp", x));

    [Theory]
    [InlineData(1.00390625f, 1f)]
    [InlineData(1.01171875f, 1.015625f)]
    [InlineData(float.MaxValue, float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity, float.NegativeInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void RoundBf16_OfTiesAndEdges_IsToNearestEven(float x, float want) => Assert.Equal(want, Simd.RoundBf16(Vector512.Create(x))[7]);

    [Fact]
    public void RoundBf16_OfRandomBits_IsTheStorageTypes()
    {
        var random = new Random(5);
        for (int i = 0; i < 100_000; i++)
        {
            float x = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
            Assert.Equal(BitConverter.SingleToInt32Bits((float)(bf16)x), BitConverter.SingleToInt32Bits(Simd.RoundBf16(Vector512.Create(x))[3]));
        }
    }

    private static float Apply(string name, float x)
    {
        var v = Vector512.Create(x);
        var result = name switch
        {
            "Exp" => SimdMath.Exp(v), "Sigmoid" => SimdMath.Sigmoid(v), "Silu" => SimdMath.Silu(v), "Tanh" => SimdMath.Tanh(v),
            "Log" => SimdMath.Log(v), _ => SimdMath.Rsqrt(v),
        };
        Assert.Equal(BitConverter.SingleToInt32Bits(result[0]), BitConverter.SingleToInt32Bits(result[15]));
        return result[9];
    }

    private static double Exact(string name, double x) => name switch
    {
        "Exp" => Math.Exp(x), "Sigmoid" => 1 / (1 + Math.Exp(-x)), "Silu" => x / (1 + Math.Exp(-x)), "Tanh" => Math.Tanh(x),
        "Log" => Math.Log(x), _ => 1 / Math.Sqrt(x),
    };
}
