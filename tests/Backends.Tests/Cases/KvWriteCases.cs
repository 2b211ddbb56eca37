using KernelDsl.Backends.Tests.Harness;
using Kernels;

namespace KernelDsl.Backends.Tests.Cases;

/// <summary>Tokens to scattered positions of shuffled pages; all other positions keep their bits.</summary>
public sealed class KvWriteCases : ICaseSource
{
    /// <inheritdoc/>
    public IEnumerable<KernelCase> Cases()
    {
        foreach (var format in Enum.GetValues<CacheFormat>())
        foreach (var (heads, lanes, page) in new[] { (1, 64, 16), (2, 64, 32), (3, 128, 16), (8, 128, 64), (2, 64, 128) })
        {
            int[] lengths = [page + 5, 3, 2 * page];
            int[] sequences = [1, 0, 0, 2, 2, 0], positions = [2, page + 4, page - 1, 0, 2 * page - 1, page];
            yield return new(
                KernelCatalog.KvWrite_Write, $"{heads}x{lanes} in pages of {page}{(format == CacheFormat.Int8 ? ", int8" : "")}", Tolerance.Exact, Consts.D(lanes),
                d =>
                {
                    var table = d.PageTable(lengths, page);
                    return
                    [
                        d.BFloat16([sequences.Length, heads, lanes], padding: 64), d.BFloat16([sequences.Length, heads, lanes], padding: 64),
                        d.Cache(table, lengths, page, heads, lanes, PageLayout.ContractLanes, format),
                        d.Cache(table, lengths, page, heads, lanes, PageLayout.ContractPositions, format),
                        CaseData.Ints(sequences), CaseData.Ints(positions),
                    ];
                },
                static (a, b) => KvWrite.Write(
                    a.BFloat16(0), a.BFloat16(1), a.Cache(2), a.Cache(3), a.Ints(4), a.Ints(5), a.Constants["D"], b.BM));
        }
    }
}
