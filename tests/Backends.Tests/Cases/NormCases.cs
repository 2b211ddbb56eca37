using KernelDsl.Backends.Tests.Harness;
using Kernels;

namespace KernelDsl.Backends.Tests.Cases;

/// <summary>Rows of every residue, one row and many, strided and dense.</summary>
public sealed class NormCases : ICaseSource
{
    private static readonly (int Rows, int Cols, int Padding)[] _shapes =
        [(1, 1, 0), (1, 7, 0), (3, 64, 0), (5, 70, 0), (2, 896, 0), (9, 257, 3), (17, 1030, 0), (33, 256, 128)];

    /// <inheritdoc/>
    public IEnumerable<KernelCase> Cases()
    {
        foreach (var (rows, cols, padding) in _shapes)
        {
            // The sum of squares is a sum of cols terms; its relative error, halved by the root, stays far below the rounding to bf16.
            yield return new(
                KernelCatalog.Norm_RmsNorm, $"{rows}x{cols}+{padding}", Tolerance.BFloat16(), Consts.None,
                d => [d.Float([rows, cols], padding), d.BFloat16([cols]), CaseData.OutBFloat16([rows, cols], padding), new FloatArg(1e-6f)],
                static (a, b) => Norm.RmsNorm(a.Floats(0), a.BFloat16(1), a.BFloat16(2), a.Float(3), b.BM, b.BK));
            yield return new(
                KernelCatalog.Norm_AddRmsNorm, $"{rows}x{cols}+{padding}", Tolerance.BFloat16(), Consts.None,
                d =>
                [
                    d.Float([rows, cols]), d.Float([rows, cols], padding), d.BFloat16([cols]), CaseData.OutBFloat16([rows, cols], padding),
                    new FloatArg(1e-5f),
                ],
                static (a, b) => Norm.AddRmsNorm(a.Floats(0), a.Floats(1), a.BFloat16(2), a.BFloat16(3), a.Float(4), b.BM, b.BK));
        }
    }
}
