using System.Runtime.InteropServices;
using KernelDsl.Backends.Cpu;
using KernelDsl.Backends.Cpu.Device;
using KernelDsl.Runtime;
using KernelDsl.Runtime.Backend;
using Kernels;

namespace KernelDsl.Backends.Tests.Cpu;

/// <summary>What of the CPU back end no kernel shows: packing, memory, launching, refusals.</summary>
public sealed unsafe class CpuBackendTests : IDisposable
{
    private static readonly Dictionary<string, int> _none = [];
    private readonly CpuBackend _backend = new(3);

    static CpuBackendTests() => CpuKernels.Add("Test.Count", static () => [new CpuVariant("", [], [2, 1, 1], 0, [], [], &Extents, &Count)]);

    public void Dispose() => _backend.Dispose();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(16, 2)]
    [InlineData(37, 51)]
    [InlineData(50, 600)]
    public void PackWeight_InPieces_PutsEveryElementInItsPanel(int outputs, int inputs)
    {
        var matrix = Enumerable.Range(0, outputs * inputs).Select(static i => (bf16)(1 + (i % 1000 / 8f))).ToArray();
        using var buffer = _backend.Allocate(_backend.WeightBytes(outputs, inputs, WeightFormat.BFloat16), "weight");
        var weight = new PackedWeight(buffer, 0, outputs, inputs, WeightFormat.BFloat16);
        int cut = outputs / 3;
        foreach (var (first, rows) in new[] { (cut, outputs - cut), (0, cut) })
            _backend.PackWeight(weight, first, rows, MemoryMarshal.AsBytes(matrix.AsSpan(first * inputs, rows * inputs)), ElementType.BFloat16);

        var packed = new ReadOnlySpan<bf16>((void*)buffer.Address, (int)(buffer.Bytes / 2));
        var seen = new HashSet<long>();
        for (int n = 0; n < outputs; n++)
            for (int k = 0; k < inputs; k++)
            {
                long at = Panels.WeightOffset(inputs, n, k);
                Assert.True(seen.Add(at));
                Assert.Equal(matrix[(n * inputs) + k], packed[(int)at]);
            }

        for (int i = 0; i < packed.Length; i++)
            Assert.True(seen.Contains(i) || packed[i].Bits == 0, $"padding at {i}");
    }

    [Fact]
    public void PackWeight_FromFloatAndHalf_RoundsToNearestEven()
    {
        float[] values = [1.00390625f, 1.01171875f, -3.14159f, 65504f, 1e-7f, 0];
        using var buffer = _backend.Allocate(_backend.WeightBytes(2, 3, WeightFormat.BFloat16), "weight");
        var weight = new PackedWeight(buffer, 0, 2, 3, WeightFormat.BFloat16);
        foreach (bool half in new[] { false, true })
        {
            var source = half ? MemoryMarshal.AsBytes(values.Select(static v => (Half)v).ToArray().AsSpan()) : MemoryMarshal.AsBytes(values.AsSpan());
            _backend.PackWeight(weight, 0, 2, source, half ? ElementType.Float16 : ElementType.Float32);
            for (int i = 0; i < 6; i++)
                Assert.Equal((bf16)(half ? (float)(Half)values[i] : values[i]), ((bf16*)buffer.Address)[Panels.WeightOffset(3, i / 3, i % 3)]);
        }
    }

    [Fact]
    public void PackWeight_OfShortData_SaysSo()
    {
        using var buffer = _backend.Allocate(_backend.WeightBytes(2, 3, WeightFormat.BFloat16), "weight");
        var error = Assert.Throws<ArgumentException>(() => _backend.PackWeight(new(buffer, 0, 2, 3, WeightFormat.BFloat16), 0, 2, new byte[11], ElementType.BFloat16));
        Assert.Contains("11 bytes are not 2 rows of 3 bf16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Allocate_Memory_IsAlignedAndZero()
    {
        foreach (int bytes in new[] { 0, 1, 300, 5 << 20 })
        {
            using var buffer = _backend.Allocate(bytes, "test");
            Assert.Equal(0, buffer.Address % 256);
            Assert.Equal(-1, new ReadOnlySpan<byte>((void*)buffer.Address, bytes).IndexOfAnyExcept((byte)0));
        }
    }

    [Fact]
    public void Allocate_MoreThanThereIs_NamesPurposeAndSize()
    {
        var error = Assert.ThrowsAny<OutOfMemoryException>(() => _backend.Allocate(1L << 50, "the KV pool"));
        Assert.Contains("the KV pool needs 1073741824.0 MiB", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ManyLaunches_RunsEveryProgramOnceInOrder()
    {
        const int Extent = 1001;
        var counts = new int[(Extent + 1) / 2 * 6];
        fixed (int* data = counts)
        {
            var argument = KernelArgument.OfView(data, Extent);
            var launch = CountLaunch(&argument);
            for (int i = 1; i <= 300; i++)
            {
                _backend.Run([launch]);
                Assert.Equal(-1, counts.AsSpan().IndexOfAnyExcept(i));
                if (i % 100 == 0)
                    Thread.Sleep(20); // long enough for the workers to park
            }
        }
    }

    [Fact]
    public void Run_FromSeveralThreads_TakesTurns()
    {
        var counts = new int[4][];
        Parallel.For(0, counts.Length, t =>
        {
            counts[t] = new int[600];
            fixed (int* data = counts[t])
            {
                var argument = KernelArgument.OfView(data, 200);
                var launch = CountLaunch(&argument);
                for (int i = 0; i < 200; i++)
                    _backend.Run([launch]);
            }
        });
        Assert.All(counts, static c => Assert.Equal(-1, c.AsSpan().IndexOfAnyExcept(200)));
    }

    [Fact]
    public void Run_Steps_AllocatesNothing()
    {
        var counts = new int[60];
        fixed (int* data = counts)
        {
            var argument = KernelArgument.OfView(data, 20);
            Launch[] launches = [CountLaunch(&argument), CountLaunch(&argument)];
            _backend.Run(launches);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
                _backend.Run(launches);
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        }
    }

    [Fact]
    public void GetKernel_OfAConstantThatWasNotBuilt_ListsWhatWas()
    {
        var error = Assert.Throws<KernelNotBuiltException>(() => _backend.GetKernel(KernelCatalog.Rotary_Rope, new Dictionary<string, int> { ["D"] = 96 }));
        Assert.Equal("KDSL0052: no variant of 'Rotary.Rope' for D = 96; built: D = 64; D = 128", error.Message);
    }

    [Theory]
    [InlineData(24, PageLayout.ContractLanes, "KDSL0051")]
    [InlineData(48, PageLayout.ContractLanes, "KDSL0051")]
    [InlineData(64, PageLayout.ContractPositions, "contracts 'keys' as ContractLanes")]
    public void Validate_OfPagesThatDoNotFit_Refuses(int pageSize, PageLayout layout, string message)
    {
        int memory = 0;
        var view = KernelArgument.OfView(&memory, 1, 1, 64);
        var keys = view with { PageTable = &memory, PageSize = pageSize, Layout = layout };
        var values = keys with { Layout = PageLayout.ContractPositions };
        KernelArgument[] arguments =
            [view, keys, values, view, KernelArgument.OfView(&memory, 1), KernelArgument.OfView(&memory, 1), KernelArgument.OfInt(1), KernelArgument.OfFloat(1)];
        var kernel = _backend.GetKernel(KernelCatalog.Attention_Prefill, new Dictionary<string, int> { ["D"] = 64 });
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => kernel.Validate(arguments)).Message, StringComparison.Ordinal);
    }

    private Launch CountLaunch(KernelArgument* argument) => new(
        _backend.GetKernel(new KernelInfo("Test.Count", [new("counts", ParameterKind.InOut, ElementType.Int32, 1, true, true)], []), _none), argument);

    private static void Extents(KernelArgument* arguments, int* extents) => (extents[0], extents[1], extents[2]) = (arguments->Dim0, 3, 2);

    private static void Count(KernelArgument* arguments, float* scratch, int x, int y, int z) =>
        ((int*)arguments->Data)[x + ((arguments->Dim0 + 1) / 2 * (y + (3 * z)))]++;
}
