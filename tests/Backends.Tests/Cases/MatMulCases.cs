using KernelDsl.Backends.Tests.Harness;
using Kernels;

namespace KernelDsl.Backends.Tests.Cases;

/// <summary>One row, ragged rows around every block size, outputs and inputs that no panel or pair divides.</summary>
public sealed class MatMulCases : ICaseSource
{
    private static readonly (int M, int N, int K, int Padding)[] _shapes =
    [
        (1, 1, 1, 0), (1, 16, 2, 0), (1, 40, 70, 0), (2, 19, 37, 0), (3, 64, 64, 0), (4, 33, 129, 5), (5, 17, 300, 0), (7, 100, 31, 0),
        (8, 48, 256, 0), (13, 65, 258, 0), (16, 16, 513, 16), (33, 70, 100, 0), (65, 130, 48, 0), (130, 20, 34, 2), (3, 530, 40, 0),
    ];

    /// <inheritdoc/>
    public IEnumerable<KernelCase> Cases() => _shapes.SelectMany(static s => Of(s.M, s.N, s.K, s.Padding));

    private static IEnumerable<KernelCase> Of(int m, int n, int k, int padding)
    {
        string shape = $"{m}x{n}x{k}+{padding}";
        yield return new(
            KernelCatalog.MatMul_Linear, shape, Tolerance.BFloat16Sum(k), Consts.None,
            d => [d.BFloat16([m, k], padding), d.Weight(n, k), CaseData.OutBFloat16([m, n], padding)],
            static (a, b) => MatMul.Linear(a.BFloat16(0), a.BFloat16(1), a.BFloat16(2), b.BM, b.BN, b.BK));
        yield return new(
            KernelCatalog.MatMul_LinearBias, shape, Tolerance.BFloat16Sum(k + 1), Consts.None,
            d => [d.BFloat16([m, k], padding), d.Weight(n, k), d.BFloat16([n]), CaseData.OutBFloat16([m, n], padding)],
            static (a, b) => MatMul.LinearBias(a.BFloat16(0), a.BFloat16(1), a.BFloat16(2), a.BFloat16(3), b.BM, b.BN, b.BK));
        yield return new(
            KernelCatalog.MatMul_LinearFloat, shape, Tolerance.FloatSum(k), Consts.None,
            d => [d.BFloat16([m, k], padding), d.Weight(n, k), CaseData.OutFloat(m, n)],
            static (a, b) => MatMul.LinearFloat(a.BFloat16(0), a.BFloat16(1), a.Floats(2), b.BM, b.BN, b.BK));
    }
}
