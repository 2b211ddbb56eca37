using KernelDsl.Backends.Tests.Harness;
using Kernels;

namespace KernelDsl.Backends.Tests.Cases;

/// <summary>Copies of rows, widened or as they are: exact. Repeated, first and last rows; ragged widths.</summary>
public sealed class EmbeddingCases : ICaseSource
{
    /// <inheritdoc/>
    public IEnumerable<KernelCase> Cases()
    {
        foreach (var (count, rows, cols) in new[] { (1, 1, 1), (1, 40, 64), (5, 37, 70), (16, 100, 300), (3, 17, 33) })
        {
            yield return new(
                KernelCatalog.Embedding_Embed, $"{count} of {rows}x{cols}", Tolerance.Exact, Consts.None,
                d => [Rows(count, rows), d.Weight(rows, cols), CaseData.OutFloat(count, cols)],
                static (a, b) => Embedding.Embed(a.Ints(0), a.BFloat16(1), a.Floats(2), b.BK));
            yield return new(
                KernelCatalog.Embedding_GatherRows, $"{count} of {rows}x{cols}", Tolerance.Exact, Consts.None,
                d => [d.BFloat16([rows, cols], padding: 6), Rows(count, rows), CaseData.OutBFloat16([count, cols])],
                static (a, b) => Embedding.GatherRows(a.BFloat16(0), a.Ints(1), a.BFloat16(2), b.BK));
        }
    }

    /// <summary>The last, the first, and then some.</summary>
    private static ViewArg<int> Rows(int count, int rows) => CaseData.Ints([.. Enumerable.Range(0, count).Select(i => (rows - 1 + i * (rows / 2 + 1)) % rows)]);
}
