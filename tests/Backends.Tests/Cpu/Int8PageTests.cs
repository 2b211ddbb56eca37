using KernelDsl.Backends.Cpu;
using KernelDsl.Backends.Cpu.Device;
using KernelDsl.Backends.Tests.Harness;
using Kernels;

namespace KernelDsl.Backends.Tests.Cpu;

/// <summary>Int8 pages of the CPU: their bits, beyond what conformance with the reference allows, and what is refused.</summary>
public sealed unsafe class Int8PageTests
{
    [Theory]
    [InlineData(16, 64)]
    [InlineData(128, 64)]
    [InlineData(32, 128)]
    public void Attention_OfInt8Pages_HasTheBitsOfBf16PagesWithTheirValues(int page, int lanes)
    {
        int[] lengths = [Attention.Span + 77, 20, 1, 33], starts = [0, 70, 90, 91, 92];
        foreach (bool decode in new[] { false, true })
        {
            var int8 = Run(static cache => cache);
            Assert.NotEqual(-1, int8.AsSpan().IndexOfAnyExcept((byte)0));
            Assert.Equal(int8, Run(static arg => arg with { Cache = new(arg.Cache.Pool, arg.Cache.Table) }));

            byte[] Run(Func<PagedArg, PagedArg> convert)
            {
                var d = new CaseData(5);
                var table = d.PageTable(lengths, page);
                var q = d.BFloat16([decode ? lengths.Length : starts[^1], 4, lanes]);
                var keys = convert(d.Cache(table, lengths, page, 2, lanes, PageLayout.ContractLanes, CacheFormat.Int8));
                var values = convert(d.Cache(table, lengths, page, 2, lanes, PageLayout.ContractPositions, CacheFormat.Int8));
                ViewArg output = decode ? CaseData.OutFloat(2, lengths.Length, 4, lanes) : CaseData.OutBFloat16([starts[^1], 4, lanes]);
                ViewArg<float> maxima = CaseData.OutFloat(2, lengths.Length, 4), sums = CaseData.OutFloat(2, lengths.Length, 4);
                Suite.Targets["cpu"].Run(
                    decode
                        ? new(KernelCatalog.Attention_Decode, [q, keys, values, output, maxima, sums, CaseData.Ints(lengths), new IntArg(2), new FloatArg(0.125f)], Consts.DG(lanes, 2))
                        : new(KernelCatalog.Attention_Prefill, [q, keys, values, output, CaseData.Ints(starts), CaseData.Ints(lengths), new IntArg(70), new FloatArg(0.125f)], Consts.D(lanes)),
                    "");
                return [.. output.Bytes, .. maxima.Bytes, .. sums.Bytes];
            }
        }
    }

    /// <summary>Pairs are multiplied by few processors: the panels are tested on all.</summary>
    [Theory]
    [InlineData(PanelFormat.Float, 7)]
    [InlineData(PanelFormat.Float, 64)]
    [InlineData(PanelFormat.Bf16Pairs, 7)]
    [InlineData(PanelFormat.Bf16Pairs, 64)]
    public void Panels_ReadAsTheRuleSays(PanelFormat format, int k)
    {
        var random = new Random(8);
        int stored = (k + 1) & ~1;
        sbyte[] integers = [.. Enumerable.Range(0, stored * 16).Select(_ => (sbyte)random.Next(-127, 128))];
        float[] scales = [.. Enumerable.Range(0, Math.Max(16, stored)).Select(i => i == 3 ? float.NaN : i == 5 ? 0 : (float)random.NextDouble() / 50)];
        foreach (bool keys in new[] { true, false })
        {
            var result = new ushort[stored * 32];
            fixed (sbyte* from = integers)
            fixed (float* s = scales)
            fixed (ushort* to = result)
            {
                if (keys) Int8Panels.Keys(from, s, k, format, (uint*)to);
                else Int8Panels.Values(from, s, k, format, (uint*)to);
            }

            for (int step = 0; step < k; step++)
                for (int i = 0; i < 16; i++)
                {
                    int at = format == PanelFormat.Float ? (((step * 16) + i) * 2) + 1 : (step / 2 * 32) + (i * 2) + (step % 2);
                    Assert.Equal(Int8Vector.Read(integers[(step * 16) + i], scales[keys ? i : step]), new bf16(result[at]));
                    if (format == PanelFormat.Float) Assert.Equal(0, result[at - 1]);
                }
        }
    }

    [Theory]
    [InlineData(0f, -0f)]
    [InlineData(127f, 2.5f)]
    [InlineData(1e-36f, 1e-38f)]
    [InlineData(3e38f, -3e38f)]
    [InlineData(float.NegativeInfinity, 1f)]
    [InlineData(float.NaN, 1f)]
    public void Write_OfUnusualVectors_IsTheReferences(float one, float other)
    {
        KernelLaunch want = Launch(), got = Launch();
        ReferenceLauncher.Run(() => KvWrite.Write(want.BFloat16(0), want.BFloat16(1), want.Cache(2), want.Cache(3), want.Ints(4), want.Ints(5), 64, 8));
        Suite.Targets["cpu"].Run(got, "");
        Compare.Launches(want, got, static _ => Tolerance.Exact);

        KernelLaunch Launch()
        {
            var d = new CaseData(6);
            var x = d.BFloat16([1, 2, 64], scale: 1e-3f);
            (x.Tensor[0, 0, 5], x.Tensor[0, 0, 40], x.Tensor[0, 1, 63]) = ((bf16)one, (bf16)other, (bf16)other);
            if (one == 0)
                Array.Fill(x.Tensor.Storage, default, x.Tensor.Offset, 64);
            var table = d.PageTable([20], 16);
            return new(KernelCatalog.KvWrite_Write, [
                x, x, d.Cache(table, [20], 16, 2, 64, PageLayout.ContractLanes, CacheFormat.Int8),
                d.Cache(table, [20], 16, 2, 64, PageLayout.ContractPositions, CacheFormat.Int8), CaseData.Ints(0), CaseData.Ints(17)], Consts.D(64));
        }
    }

    [Fact]
    public void Validate_OfAStoreOfSomeLanes_Refuses()
    {
        using var backend = new CpuBackend(1);
        int memory = 0;
        var view = KernelArgument.OfView(&memory, 1, 1, 64);
        var cache = view with { Dim2 = 1, Dim3 = 128, PageTable = &memory, PageSize = 16, CacheFormat = CacheFormat.Int8 };
        KernelArgument[] arguments = [view, view, cache, cache, KernelArgument.OfView(&memory, 1), KernelArgument.OfView(&memory, 1)];
        var kernel = backend.GetKernel(KernelCatalog.KvWrite_Write, Consts.D(64));
        Assert.StartsWith("KDSL0053: 'KvWrite.Write' stores 64 lanes into int8 pages of 'keys'", Assert.Throws<ArgumentException>(() => kernel.Validate(arguments)).Message, StringComparison.Ordinal);

        // Pages of bf16 have no such rule.
        kernel.Validate([view, view, cache with { CacheFormat = CacheFormat.BFloat16 }, cache with { CacheFormat = CacheFormat.BFloat16 }, arguments[4], arguments[5]]);
    }

    [Fact]
    public void PageBytes_OfInt8_AreABytePerLaneAndAScale()
    {
        using var backend = new CpuBackend(1);
        Assert.Equal(64 * 2 * (128 + 4), backend.PageBytes(64, 2, 128, CacheFormat.Int8));
        Assert.Equal(64 * 2 * 128 * 2, backend.PageBytes(64, 2, 128, CacheFormat.BFloat16));
    }
}
