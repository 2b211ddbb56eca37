using KernelDsl.Backends.Tests.Harness;
using Kernels;

namespace KernelDsl.Backends.Tests.Cases;

/// <summary>One row, ragged rows around every block size, outputs and inputs that no panel or pair divides; values large enough to saturate the gate.</summary>
public sealed class MlpCases : ICaseSource
{
    private static readonly (int M, int N, int K, int Padding, float Scale)[] _shapes =
    [
        (1, 1, 1, 0, 1), (1, 33, 70, 0, 1), (3, 50, 37, 0, 8), (5, 256, 64, 64, 1), (17, 100, 300, 0, 100), (2, 530, 40, 0, 1), (33, 70, 258, 5, 1), (130, 20, 34, 2, 1),
    ];

    /// <inheritdoc/>
    public IEnumerable<KernelCase> Cases()
    {
        foreach (var (m, n, k, padding, scale) in _shapes)
            yield return new(
                KernelCatalog.Mlp_SwiGlu, $"{m}x{n}x{k}+{padding} of {scale}", Tolerance.BFloat16Product(k, scale), Consts.None,
                d => [d.BFloat16([m, k], padding, scale), d.Weight(n, k), d.Weight(n, k), CaseData.OutBFloat16([m, n], padding)],
                static (a, b) => Mlp.SwiGlu(a.BFloat16(0), a.BFloat16(1), a.BFloat16(2), a.BFloat16(3), b.BM, b.BN, b.BK));
    }
}
