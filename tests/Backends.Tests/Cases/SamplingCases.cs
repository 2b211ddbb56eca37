using KernelDsl.Backends.Tests.Harness;
using Kernels;

namespace KernelDsl.Backends.Tests.Cases;

/// <summary>Vocabularies around the block size that every target uses, 1024; nothing is computed, so nothing may differ.</summary>
public sealed class SamplingCases : ICaseSource
{
    private const int BN = 1024;

    /// <inheritdoc/>
    public IEnumerable<KernelCase> Cases()
    {
        foreach (var (rows, vocabulary) in new[] { (1, 1), (3, 1000), (2, 1024), (2, 1025), (4, 3072), (1, 5007) })
            yield return Of($"{rows}x{vocabulary}", rows, vocabulary, d => d.Float([rows, vocabulary], scale: 10));
        yield return Of("ties", 2, 1500, static _ => CaseData.Floats([.. Enumerable.Range(0, 3000).Select(static i => (float)(i % 7))], 2, 1500));
        yield return Of("-inf", 1, 70, static _ => CaseData.Floats([.. Enumerable.Range(0, 70).Select(static i => i == 33 ? -3e38f : float.NegativeInfinity)], 1, 70));
    }

    // The reference must cut blocks where the targets do: the shape of the outputs depends on it.
    private static KernelCase Of(string shape, int rows, int vocabulary, Func<CaseData, KernelArg> logits)
    {
        int blocks = (vocabulary + BN - 1) / BN;
        return new(
            KernelCatalog.Sampling_ArgMax, shape, Tolerance.Exact, Consts.None,
            d => [logits(d), CaseData.OutFloat(rows, blocks), CaseData.OutInt(rows, blocks)],
            static (a, _) => Sampling.ArgMax(a.Floats(0), a.Floats(1), a.Ints(2), BN));
    }
}
