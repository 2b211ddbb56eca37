using Kdsl.Bench;
using KernelDsl;
using KernelDsl.Backends.Cpu;
using Kernels;

namespace Kdsl.Diagnosis;

/// <summary>Kernels as this machine runs them against the reference: the same C# methods, element by element.</summary>
sealed unsafe class KernelCheck(CpuBackend backend)
{
    const int Rows = 3, Inputs = 256, Outputs = 48;

    readonly Bound _bound = new(backend);

    /// <summary>Runs them.</summary>
    public Finding Run()
    {
        // Sums of 256 products of numbers from 0.5 to 1: bf16 rounds the result, integers each factor.
        List<string> faults =
        [
            .. Linear(WeightFormat.BFloat16, 0.01), .. Linear(WeightFormat.Int8(), 0.05), .. Linear(WeightFormat.Int4(), 0.15), .. SwiGlu(WeightFormat.BFloat16, 0.02), .. Norm(0.02),
        ];
        return faults.Count > 0 ? new("kernels", faults, "") : Finding.Good("kernels", $"as the reference, on {backend.Description}");
    }

    IEnumerable<string> Linear(WeightFormat format, double tolerance)
    {
        var (x, weight, source, y) = Product(format);
        backend.Run([_bound.Launch(KernelCatalog.MatMul_Linear, [], x, weight, y)]);
        var expected = new HostTensor<BFloat16>(Rows, Outputs);
        var (left, right) = (Host(x, Rows, Inputs), Host(source, Outputs, Inputs));
        ReferenceLauncher.Run(() => MatMul.Linear(new In<BFloat16>(left), new Weight<BFloat16>(right), new Out<BFloat16>(expected), BM: 16, BN: 48, BK: 64));
        return Compare($"MatMul.Linear {format}", y, expected, tolerance);
    }

    IEnumerable<string> SwiGlu(WeightFormat format, double tolerance)
    {
        var (x, weight, source, y) = Product(format);
        backend.Run([_bound.Launch(KernelCatalog.Mlp_SwiGlu, [], x, weight, weight, y)]);
        var expected = new HostTensor<BFloat16>(Rows, Outputs);
        var (left, right) = (Host(x, Rows, Inputs), Host(source, Outputs, Inputs));
        ReferenceLauncher.Run(() => Mlp.SwiGlu(
            new In<BFloat16>(left), new Weight<BFloat16>(right), new Weight<BFloat16>(right), new Out<BFloat16>(expected), BM: 16, BN: 48, BK: 64));
        return Compare($"Mlp.SwiGlu {format}", y, expected, tolerance);
    }

    (KernelArgument X, KernelArgument Weight, KernelArgument Source, KernelArgument Y) Product(WeightFormat format)
    {
        var source = _bound.View(Outputs, Inputs);
        return (_bound.View(Rows, Inputs), _bound.Weight(source, format), source, _bound.View(Rows, Outputs));
    }

    IEnumerable<string> Norm(double tolerance)
    {
        KernelArgument x = _bound.Floats(Rows, Inputs), weight = _bound.View(Inputs), y = _bound.View(Rows, Inputs);
        var input = new float[Rows * Inputs];
        for (int i = 0; i < input.Length; i++) input[i] = (i % 17 - 8) / 8f;
        input.CopyTo(new Span<float>(x.Data, input.Length));
        backend.Run([_bound.Launch(KernelCatalog.Norm_RmsNorm, [], x, weight, y, KernelArgument.OfFloat(1e-6f))]);
        var expected = new HostTensor<BFloat16>(Rows, Inputs);
        var (host, scale) = (new HostTensor<float>(input, Rows, Inputs), Host(weight, Inputs));
        ReferenceLauncher.Run(() => Kernels.Norm.RmsNorm(new In<float>(host), new In<BFloat16>(scale), new Out<BFloat16>(expected), 1e-6f, BM: 1, BK: 64));
        return Compare("Norm.RmsNorm", y, expected, tolerance);
    }

    static HostTensor<BFloat16> Host(KernelArgument view, params int[] dims) =>
        new(new ReadOnlySpan<BFloat16>(view.Data, dims.Aggregate(1, static (a, b) => a * b)).ToArray(), dims);

    /// <summary>The largest difference as a share of the largest number; a fault where it is more than rounding explains.</summary>
    static IEnumerable<string> Compare(string kernel, KernelArgument actual, HostTensor<BFloat16> expected, double tolerance)
    {
        var numbers = new ReadOnlySpan<BFloat16>(actual.Data, expected.Dim(0) * expected.Dim(1));
        double largest = 0, difference = 0;
        for (int i = 0; i < numbers.Length; i++)
        {
            double mine = (float)numbers[i], theirs = (float)expected[i / expected.Dim(1), i % expected.Dim(1)];
            largest = Math.Max(largest, Math.Abs(theirs));
            difference = double.IsNaN(mine) ? double.PositiveInfinity : Math.Max(difference, Math.Abs(mine - theirs));
        }
        return difference <= tolerance * largest ? [] : [FormattableString.Invariant($"{kernel} differs from the reference by {difference / largest:P1}; rounding explains {tolerance:P0}: this machine computes wrongly, or the binary was made for another (KdslCpu)")];
    }
}
