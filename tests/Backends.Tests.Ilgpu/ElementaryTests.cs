using KernelDsl.Backends.Ilgpu.Device;

namespace KernelDsl.Backends.Tests.Ilgpu;

/// <summary>The device library's arithmetic, run as the plain C# it is, against the class library in double.</summary>
public sealed class ElementaryTests
{
    public static TheoryData<string, float, float, double> Ranges => new()
    {
        // Function, range, and relative error allowed: two units in the last place, more where a summary says so.
        { "Exp", -87, 88.7f, 2.4e-7 },
        { "Log", 1e-38f, 1e38f, 2.4e-7 },
        { "Tanh", -20, 20, 2.4e-7 },
        { "Sigmoid", -80, 80, 3.6e-7 },
        { "Silu", -80, 80, 4.8e-7 },
        { "Rsqrt", 1e-38f, 1e38f, 2.4e-7 },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public void Function_OverItsRange_IsExactToTwoUnits(string function, float from, float to, double tolerance)
    {
        var (device, exact) = Functions(function);
        var random = new Random(1);
        for (int i = 0; i < 20000; i++)
        {
            // Half the samples are spread over exponents, so that small arguments are met too.
            double spread = Math.Pow(10, random.Next(-30, 1)) * (from < 0 && i % 4 == 1 ? -1 : 1);
            float x = (float)(i % 2 == 0 ? from + random.NextDouble() * ((double)to - from) : spread);
            if (x < from || x > to) continue;
            double want = exact(x), got = device(x);
            Assert.True(Math.Abs(got - want) <= tolerance * Math.Abs(want) + 1e-44, $"{function}({x:R}) is {got:R}, exactly {want:R}");
        }
    }

    [Theory]
    [InlineData("Exp", 0f, 1f)]
    [InlineData("Exp", -1e30f, 0f)]
    [InlineData("Exp", float.NegativeInfinity, 0f)]
    [InlineData("Exp", float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData("Exp", 100f, float.PositiveInfinity)]
    [InlineData("Exp", float.NaN, float.NaN)]
    [InlineData("Log", 1f, 0f)]
    [InlineData("Log", 0f, float.NegativeInfinity)]
    [InlineData("Log", -1f, float.NaN)]
    [InlineData("Log", float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData("Log", float.NaN, float.NaN)]
    [InlineData("Tanh", 100f, 1f)]
    [InlineData("Tanh", float.NegativeInfinity, -1f)]
    [InlineData("Tanh", float.NaN, float.NaN)]
    [InlineData("Sigmoid", float.NegativeInfinity, 0f)]
    [InlineData("Silu", -1000f, 0f)]
    public void Function_AtItsEdge_IsTheLimit(string function, float x, float value) => Assert.Equal(value, Functions(function).Device(x));

    [Fact]
    public void Bf16_OfEveryPattern_RoundsAsTheLanguageDoes()
    {
        for (uint upper = 0; upper <= 0xffff; upper++)
            foreach (uint lower in (ReadOnlySpan<uint>)[0, 1, 0x7fff, 0x8000, 0x8001, 0xffff])
            {
                float value = BitConverter.UInt32BitsToSingle((upper << 16) | lower);
                var language = (bf16)value;
                if (float.IsNaN(value)) Assert.True(float.IsNaN(Bf16.Load(Bf16.Store(value))));
                else Assert.Equal(language.Bits, Bf16.Store(value));
                Assert.Equal((float)new bf16(Bf16.Store(value)), Bf16.Round(value));
            }
    }

    [Theory]
    [InlineData(float.NaN, 1f)]
    [InlineData(1f, float.NaN)]
    public void MaxAndMin_OfNaN_AreNaN(float a, float b)
    {
        Assert.Equal(float.NaN, Elementary.Max(a, b));
        Assert.Equal(float.NaN, Elementary.Min(a, b));
    }

    private static (Func<float, float> Device, Func<double, double> Exact) Functions(string name) => name switch
    {
        "Exp" => (Elementary.Exp, Math.Exp),
        "Log" => (Elementary.Log, Math.Log),
        "Tanh" => (Elementary.Tanh, Math.Tanh),
        "Sigmoid" => (Elementary.Sigmoid, static x => 1 / (1 + Math.Exp(-x))),
        "Silu" => (Elementary.Silu, static x => x / (1 + Math.Exp(-x))),
        _ => (Elementary.Rsqrt, static x => 1 / Math.Sqrt(x)),
    };
}
