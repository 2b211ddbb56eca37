using KernelDsl.Backends.Tests.Harness;
using Kernels;

namespace KernelDsl.Backends.Tests.Cases;

/// <summary>Halves of odd width, so that the up half starts unaligned; values large enough to saturate the gate.</summary>
public sealed class MlpCases : ICaseSource
{
    private static readonly (int Rows, int Cols, int Padding, float Scale)[] _shapes =
        [(1, 1, 0, 1), (1, 33, 0, 1), (3, 50, 0, 8), (5, 256, 64, 1), (17, 300, 0, 100), (2, 1025, 0, 1)];

    /// <inheritdoc/>
    public IEnumerable<KernelCase> Cases()
    {
        foreach (var (rows, cols, padding, scale) in _shapes)
            yield return new(
                KernelCatalog.Mlp_SwiGlu, $"{rows}x{cols}+{padding} of {scale}", Tolerance.BFloat16(1e-30), Consts.None,
                d => [d.BFloat16([rows, 2 * cols], padding, scale), CaseData.OutBFloat16([rows, cols], padding)],
                static (a, b) => Mlp.SwiGlu(a.BFloat16(0), a.BFloat16(1), b.BM, b.BN));
    }
}
