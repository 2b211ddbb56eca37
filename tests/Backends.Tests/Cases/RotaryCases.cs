using KernelDsl.Backends.Tests.Harness;
using Kernels;

namespace KernelDsl.Backends.Tests.Cases;

/// <summary>Heads inside a fused row, positions out of order, both head sizes.</summary>
public sealed class RotaryCases : ICaseSource
{
    private const int MaxPosition = 40;

    /// <inheritdoc/>
    public IEnumerable<KernelCase> Cases()
    {
        foreach (var (tokens, heads, lanes, padding) in new[] { (1, 1, 64, 0), (3, 5, 64, 0), (7, 16, 64, 128), (2, 3, 128, 256), (5, 14, 128, 0) })
            yield return new(
                KernelCatalog.Rotary_Rope, $"{tokens}x{heads}x{lanes}+{padding}", Tolerance.BFloat16(1e-6), Consts.D(lanes),
                d =>
                [
                    d.BFloat16([tokens, heads, lanes], padding), d.Ints([tokens], MaxPosition),
                    CaseData.Floats(Angles(lanes, MathF.Cos), MaxPosition, lanes / 2), CaseData.Floats(Angles(lanes, MathF.Sin), MaxPosition, lanes / 2),
                ],
                static (a, b) => Rotary.Rope(a.BFloat16(0), a.Ints(1), a.Floats(2), a.Floats(3), a.Constants["D"], b.BM));
    }

    private static float[] Angles(int lanes, Func<float, float> function) =>
        [.. Enumerable.Range(0, MaxPosition * lanes / 2).Select(i => function(i / (lanes / 2) * MathF.Pow(1e6f, -2f * (i % (lanes / 2)) / lanes)))];
}
