using System.Runtime.InteropServices;
using KernelDsl.Backends.Ilgpu;

namespace KernelDsl.Backends.Tests.Ilgpu;

/// <summary>What a launch computes from its arguments.</summary>
public sealed unsafe class LaunchTests
{
    private static readonly KernelArgument[] _arguments =
        [KernelArgument.OfView(null, 7, 130), KernelArgument.OfInt(5), KernelArgument.OfView(null, 2, 3, 4, 6)];

    [Theory]
    [InlineData("12", 12)]
    [InlineData("-3", -3)]
    [InlineData("d0.0", 7)]
    [InlineData("d2.3", 6)]
    [InlineData("i1", 5)]
    [InlineData("d0.1 i1 -", 125)]
    [InlineData("d0.1 64 ceildiv", 3)]
    [InlineData("d0.0 i1 < 10 20 ?", 20)]
    [InlineData("d0.0 i1 min 2 * 1 +", 11)]
    [InlineData("d0.1 i1 / 4 %", 2)]
    public void LaunchExpression_OfWords_IsTheirValue(string words, int value) => Assert.Equal(value, LaunchExpression.Evaluate(words, _arguments));

    [Theory]
    [InlineData("")]
    [InlineData("1 2")]
    [InlineData("1 +")]
    [InlineData("d9.0")]
    [InlineData("d0.4")]
    [InlineData("i3")]
    [InlineData("nonsense")]
    public void LaunchExpression_Malformed_IsNamed(string words) =>
        Assert.Contains($"'{words}'", Assert.Throws<FormatException>(() => LaunchExpression.Evaluate(words, _arguments)).Message);

    [Theory]
    [InlineData(1, "small")]
    [InlineData(16, "small")]
    [InlineData(17, "small")]
    [InlineData(48, "small")]
    [InlineData(64, "large")]
    [InlineData(128, "large")]
    public void Variant_OfFewRows_IsTheOneWithLessWaste(int rows, string function) =>
        Assert.Equal(function, LaunchPlan.Choose([Entry("small", 16), Entry("large", 64)], [KernelArgument.OfView(null, rows, 8)]).Function);

    [Fact]
    public void Groups_BeyondAGrid_AreRefused()
    {
        var entry = Entry("tall", 1) with { Grid = [new("1", 1), new("d0.0", 1), new("1", 1)] };
        Assert.Contains("65535", Assert.Throws<ArgumentException>(() => LaunchPlan.Groups(entry, [KernelArgument.OfView(null, 65536, 8)])).Message);
    }

    [Fact]
    public void View_WithAnInnermostStride_IsRefused()
    {
        var argument = KernelArgument.OfView(null, 4, 8) with { Stride1 = 2 };
        Assert.Contains("KDSL0050: 'x'", Assert.Throws<ArgumentException>(() => LaunchPlan.Validate(Entry("any", 1), [argument])).Message);
        Assert.Contains("takes 1 arguments", Assert.Throws<ArgumentException>(() => LaunchPlan.Validate(Entry("any", 1), [argument, argument])).Message);
    }

    [Fact]
    public void Cache_OfInt8_IsRefused()
    {
        var entry = Entry("any", 1) with { Parameters = [new("keys", ParameterKind.Paged, ElementType.BFloat16, 4)] };
        var argument = new KernelArgument { CacheFormat = CacheFormat.Int8 };
        Assert.Contains("KDSL0140: 'keys': a paged cache of int8", Assert.Throws<ArgumentException>(() => LaunchPlan.Validate(entry, [argument])).Message);
    }

    [Fact]
    public void Span_OfAStridedView_EndsAtItsLastElement()
    {
        var slice = KernelArgument.OfView(null, 4, 8) with { Stride0 = 100 };
        Assert.Equal(308, LaunchPlan.Span(new("x", ParameterKind.In, ElementType.BFloat16, 2), slice));
        Assert.Equal(0, LaunchPlan.Span(new("x", ParameterKind.In, ElementType.BFloat16, 2), KernelArgument.OfView(null, 0, 8)));
    }

    [Fact]
    public void ParameterBlock_Filled_HoldsTheDevicesParameters()
    {
        var entry = Entry("any", 1) with
        {
            Parameters =
            [
                new("x", ParameterKind.In, ElementType.BFloat16, 3), new("w", ParameterKind.Weight, ElementType.BFloat16, 2),
                new("n", ParameterKind.Int, ElementType.Int32, 0), new("eps", ParameterKind.Float, ElementType.Float32, 0),
            ],
        };
        using var block = new ParameterBlock(entry);
        block.Fill([
            KernelArgument.OfView((void*)0x1000, 2, 3, 4) with { Stride0 = 50 }, KernelArgument.OfView((void*)0x2000, 5, 6),
            KernelArgument.OfInt(-7), KernelArgument.OfFloat(1e-6f)]);

        Assert.Equal(11, block.Count);
        Assert.Equal((0x1000, 62), View(block, 0));
        Assert.Equal((2, 3, 4), (Int(block, 1), Int(block, 2), Int(block, 3)));
        Assert.Equal((50, 4), (Long(block, 4), Long(block, 5)));
        Assert.Equal((0x2000, 30), View(block, 6));
        Assert.Equal((5, 6), (Int(block, 7), Int(block, 8)));
        Assert.Equal(-7, Int(block, 9));
        Assert.Equal(1e-6f, Marshal.PtrToStructure<float>((nint)block.Pointers[10]));
    }

    [Fact]
    public void CudaBackend_WithoutADriver_SaysSo()
    {
        if (NativeLibrary.TryLoad("libcuda.so.1", out _)) return;
        Assert.Null(Cuda.CudaBackend.TryOpen(out string reason));
        Assert.Contains("libcuda.so.1", reason);
    }

    [Fact]
    public void CudaAssembly_ReferencesNothingOfIlgpu() =>
        Assert.DoesNotContain(typeof(Cuda.CudaBackend).Assembly.GetReferencedAssemblies(), static a => a.Name!.StartsWith("ILGPU", StringComparison.Ordinal));

    private static KernelEntry Entry(string function, int block) => new()
    {
        Kernel = "Test.Kernel",
        Function = function,
        Constants = [],
        Blocks = [new("BM", block)],
        Threads = 128,
        SharedBytes = 0,
        Parameters = [new("x", ParameterKind.In, ElementType.BFloat16, 2)],
        Grid = [new("d0.0", block), new("1", 1), new("1", 1)],
    };

    private static (long, long) View(ParameterBlock block, int slot) => (((long*)block.Pointers[slot])[0], ((long*)block.Pointers[slot])[1]);

    private static int Int(ParameterBlock block, int slot) => *(int*)block.Pointers[slot];

    private static long Long(ParameterBlock block, int slot) => *(long*)block.Pointers[slot];
}
