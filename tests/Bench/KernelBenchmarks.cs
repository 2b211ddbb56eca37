using BenchmarkDotNet.Attributes;
using Kdsl.Bench;
using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Backend;
using Kernels;

namespace KernelDsl.Bench;

/// <summary>Kernels in the shapes of Qwen2.5-0.5B, one launch an operation, on one thread; the matrices are too large for the caches next to the processor, not for the last one.</summary>
public class KernelBenchmarks
{
    const int Hidden = 896, Mlp = 4864, Heads = 14, KvHeads = 2, Lanes = 64, PageSize = 64;

    Bound _bound = null!;
    Launch[] _launch = [];

    /// <summary>What runs.</summary>
    [ParamsSource(nameof(Cases))]
    public KernelCase Case { get; set; } = null!;

    /// <summary>All cases.</summary>
    public static IEnumerable<KernelCase> Cases =>
    [
        .. from format in new[] { WeightFormat.BFloat16, WeightFormat.Int8(), WeightFormat.Int4() }
           from rows in new[] { 1, 4, 16, 128 }
           select new KernelCase($"MatMul.Linear {rows}x{Mlp}x{Hidden} {format}", 2.0 * rows * Mlp * Hidden, b => Linear(b, rows, format)),
        new($"Attention.Prefill 512", 2.0 * 512 * 512 * Heads * Lanes, static b => b.Launch(
            KernelCatalog.Attention_Prefill, [("D", Lanes)], b.View(512, Heads, Lanes), b.Cache(1, 512, KvHeads, Lanes, PageSize, PageLayout.ContractLanes),
            b.Cache(1, 512, KvHeads, Lanes, PageSize, PageLayout.ContractPositions), b.View(512, Heads, Lanes), b.Ints(0, 512), b.Ints(512),
            KernelArgument.OfInt(512), KernelArgument.OfFloat(0.125f))),
        new($"Norm.AddRmsNorm 1x{Hidden}", 5.0 * Hidden, static b => b.Launch(
            KernelCatalog.Norm_AddRmsNorm, [], b.Floats(1, Hidden), b.Floats(1, Hidden), b.View(Hidden), b.View(1, Hidden), KernelArgument.OfFloat(1e-6f))),
        new($"Mlp.SwiGlu 1x{Mlp}x{Hidden}", 4.0 * Mlp * Hidden, static b => b.Launch(
            KernelCatalog.Mlp_SwiGlu, [], b.View(1, Hidden), b.Weight(Mlp, Hidden, WeightFormat.BFloat16), b.Weight(Mlp, Hidden, WeightFormat.BFloat16), b.View(1, Mlp))),
    ];

    /// <summary>Binds the launch.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _bound = new(new CpuBackend(threads: 1));
        _launch = [Case.Bind(_bound)];
    }

    /// <summary>Lets the threads go.</summary>
    [GlobalCleanup]
    public void Cleanup() => _bound.Backend.Dispose();

    /// <summary>One launch.</summary>
    [Benchmark]
    public void Launch() => _bound.Backend.Run(_launch);

    static Launch Linear(Bound b, int rows, WeightFormat format) =>
        b.Launch(KernelCatalog.MatMul_Linear, [], b.View(rows, Hidden), b.Weight(Mlp, Hidden, format), b.View(rows, Mlp));
}
