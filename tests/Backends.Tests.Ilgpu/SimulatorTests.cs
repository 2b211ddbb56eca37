using Kernels;

namespace KernelDsl.Backends.Tests.Ilgpu;

/// <summary>
/// A second opinion on tiny launches: ILGPU's simulator runs every thread of a group as a thread of the system, so a missing barrier can
/// show here, where OpenCL on a CPU runs the threads one after another.
/// </summary>
public sealed class SimulatorTests
{
    private readonly Random _random = new(1);

    [Fact]
    public void RmsNorm_OnTheSimulator_MatchesTheReference()
    {
        HostTensor<float> x = Floats(2, 300);
        HostTensor<bf16> weight = Values(300), got = new(2, 300), want = new(2, 300);
        ReferenceLauncher.Run(() => Norm.RmsNorm(x, weight, want, 1e-6f, BM: 1, BK: 64));
        Run("Norm.RmsNorm", View(x), View(weight), View(got), new(null, 0, KernelArgument.OfFloat(1e-6f)));
        Near(want, got);
    }

    [Fact]
    public void AddRmsNorm_OnTheSimulator_MatchesTheReference()
    {
        HostTensor<float> x = Floats(2, 1100), residual = Floats(2, 1100);
        HostTensor<bf16> weight = Values(1100), got = new(2, 1100), want = new(2, 1100);
        var sum = new HostTensor<float>([.. residual.Storage], 2, 1100);
        ReferenceLauncher.Run(() => Norm.AddRmsNorm(x, residual, weight, want, 1e-6f, BM: 1, BK: 64));
        Run("Norm.AddRmsNorm", View(x), View(sum), View(weight), View(got), new(null, 0, KernelArgument.OfFloat(1e-6f)));
        Assert.Equal(residual.Storage, sum.Storage);
        Near(want, got);
    }

    [Fact]
    public void LinearBias_OnTheSimulator_MatchesTheReference()
    {
        HostTensor<bf16> x = Values(5, 70), w = Values(9, 70), bias = Values(9), got = new(5, 9), want = new(5, 9);
        ReferenceLauncher.Run(() => MatMul.LinearBias(x, w, bias, want, BM: 4, BN: 4, BK: 16));
        Run("MatMul.LinearBias", View(x), View(w), View(bias), View(got));
        Near(want, got);
    }

    [Fact]
    public void ArgMax_OnTheSimulator_FindsTheFirstMaximum()
    {
        var logits = new HostTensor<float>(1, 1500);
        foreach (int i in new[] { 700, 701, 1200 }) logits[0, i] = 3;
        var (maxima, indices) = (new HostTensor<float>(1, 2), new HostTensor<int>(1, 2));
        Run("Sampling.ArgMax", View(logits), View(maxima), View(indices));
        Assert.Equal([3f, 3f], maxima.Storage);
        Assert.Equal([700, 1200], indices.Storage);
    }

    private static void Run(string kernel, params DeviceArgument[] arguments)
    {
        using var device = IlgpuDevice.Simulator();
        device.Run(IlgpuDevice.Entries.First(e => e.Kernel == kernel), arguments);
    }

    private static unsafe DeviceArgument View<E>(HostTensor<E> tensor)
        where E : unmanaged => new(tensor.Storage, tensor.Offset, KernelArgument.OfView(null, tensor.Dims));

    private HostTensor<bf16> Values(params int[] dims)
    {
        var tensor = new HostTensor<bf16>(dims);
        for (int i = 0; i < tensor.Storage.Length; i++) tensor.Storage[i] = (bf16)(float)((_random.NextDouble() * 2) - 1);
        return tensor;
    }

    // One rounding to bf16 apart: sums are in another order.
    private HostTensor<float> Floats(params int[] dims)
    {
        var tensor = new HostTensor<float>(dims);
        for (int i = 0; i < tensor.Storage.Length; i++) tensor.Storage[i] = (float)((_random.NextDouble() * 2) - 1);
        return tensor;
    }

    private static void Near(HostTensor<bf16> want, HostTensor<bf16> got) => Assert.All(
        want.Storage.Zip(got.Storage), static p => Assert.InRange(Math.Abs((float)p.First - (float)p.Second), 0, (Math.Abs((float)p.First) / 128) + 1e-6f));
}
