using KernelDsl.Backends.Tests.Harness;
using Kernels;

namespace KernelDsl.Backends.Tests.Cases;

/// <summary>
/// Ragged batches over shuffled pages. The weights of a softmax are rounded to bf16 before the second dot, 2^-9 of each, after a maximum
/// that depends on the blocks seen so far, hence on BN; values are below 1 and weights sum to 1, so outputs differ by at most 2^-8
/// absolutely, and by one rounding to bf16.
/// </summary>
public sealed class AttentionCases : ICaseSource
{
    private const float Scale = 0.125f;
    private static readonly Tolerance _joined = Tolerance.BFloat16(1 / 256.0);

    /// <inheritdoc/>
    public IEnumerable<KernelCase> Cases() =>
        [.. Enum.GetValues<CacheFormat>().SelectMany(static f => (KernelCase[])[.. Prefills(f), .. Decodes(f)]), .. Joins()];

    private static IEnumerable<KernelCase> Prefills(CacheFormat format)
    {
        foreach (var (news, lengths, heads, kvHeads, lanes, page) in new[]
        {
            (new[] { 1 }, new[] { 1 }, 1, 1, 64, 16),
            ([5, 1, 7], [9, 36, 7], 4, 2, 64, 16),
            ([17, 33], [17, 70], 7, 1, 64, 32),
            ([3], [Attention.Span + 1], 2, 1, 64, 16),
            ([4, 0, 20], [2 * Attention.Span + 2, 5, 20], 2, 2, 64, 128),
            ([18, 2], [19, 40], 6, 2, 128, 16),
        })
        {
            int tokens = news.Sum(), longest = news.Max();
            int[] starts = [0, .. news.Select((_, i) => news[..(i + 1)].Sum())];
            yield return new(
                KernelCatalog.Attention_Prefill, $"{string.Join('+', news)} of {string.Join('+', lengths)}, {heads}/{kvHeads}x{lanes}, pages of {page}{(format == CacheFormat.Int8 ? ", int8" : "")}",
                _joined, Consts.D(lanes),
                d =>
                {
                    var table = d.PageTable(lengths, page);
                    return
                    [
                        d.BFloat16([tokens, heads, lanes], padding: 2 * lanes * kvHeads),
                        d.Cache(table, lengths, page, kvHeads, lanes, PageLayout.ContractLanes, format),
                        d.Cache(table, lengths, page, kvHeads, lanes, PageLayout.ContractPositions, format),
                        CaseData.OutBFloat16([tokens, heads, lanes]),
                        CaseData.Ints(starts), CaseData.Ints(lengths), new IntArg(longest), new FloatArg(Scale),
                    ];
                },
                static (a, b) => Attention.Prefill(
                    a.BFloat16(0), a.Cache(1), a.Cache(2), a.BFloat16(3), a.Ints(4), a.Ints(5), a.Int(6), a.Float(7), a.Constants["D"], b.BM, b.BN));
        }
    }

    private static IEnumerable<KernelCase> Decodes(CacheFormat format)
    {
        foreach (var (lengths, splits, kvHeads, group, lanes, page) in new[]
        {
            (new[] { 1 }, 1, 1, 1, 64, 16),
            ([9, 36, 7], 1, 2, 2, 64, 16),
            ([9, 600, 16], 2, 1, 7, 64, 32),
            ([2 * Attention.Span + 3, 4], 4, 1, 2, 64, 128),
            ([65, 64], 1, 2, 6, 128, 16),
            ([33], 1, 1, 8, 128, 16),
            ([70], 2, 2, 5, 128, 16),
            ([20], 1, 2, 4, 64, 16),
        })
        {
            int seqs = lengths.Length, heads = kvHeads * group;

            // A span's weighted sum is of up to 512 values below 1, each weight rounded to bf16 (2^-8 between two roundings).
            int keys = Math.Min(lengths.Max(), Attention.Span);
            yield return new(
                KernelCatalog.Attention_Decode, $"{string.Join('+', lengths)} in {splits}, {heads}/{kvHeads}x{lanes}, pages of {page}{(format == CacheFormat.Int8 ? ", int8" : "")}",
                new Tolerance(1 / 256.0, 2 * Math.Sqrt(keys) / 256), Consts.DG(lanes, group),
                d =>
                {
                    var table = d.PageTable(lengths, page);
                    return
                    [
                        d.BFloat16([seqs, heads, lanes], padding: 2 * lanes * kvHeads),
                        d.Cache(table, lengths, page, kvHeads, lanes, PageLayout.ContractLanes, format),
                        d.Cache(table, lengths, page, kvHeads, lanes, PageLayout.ContractPositions, format),
                        CaseData.OutFloat(splits, seqs, heads, lanes), CaseData.OutFloat(splits, seqs, heads), CaseData.OutFloat(splits, seqs, heads),
                        CaseData.Ints(lengths), new IntArg(splits), new FloatArg(Scale),
                    ];
                },
                static (a, b) => Attention.Decode(
                    a.BFloat16(0), a.Cache(1), a.Cache(2), a.Floats(3), a.Floats(4), a.Floats(5), a.Ints(6), a.Int(7), a.Float(8),
                    a.Constants["D"], a.Constants["G"], b.BN))
            {
                Exceptions = { ["maxima"] = Tolerance.FloatSum(lanes), ["sums"] = new(1e-5, 0) },
            };
        }
    }

    private static IEnumerable<KernelCase> Joins()
    {
        foreach (var (splits, seqs, heads, lanes) in new[] { (1, 1, 1, 64), (3, 2, 5, 64), (2, 3, 14, 128), (7, 1, 2, 128) })
            yield return new(
                KernelCatalog.Attention_DecodeJoin, $"{splits} of {seqs}x{heads}x{lanes}", Tolerance.BFloat16(1e-5), Consts.D(lanes),
                d =>
                [
                    d.Float([splits, seqs, heads, lanes]), d.Float([splits, seqs, heads], scale: 5),

                    // A span's sum is at least 1; the last span is empty.
                    CaseData.Floats(
                        [.. Enumerable.Range(0, splits * seqs * heads).Select(i => splits > 1 && i >= (splits - 1) * seqs * heads ? 0f : 1 + i % 5)],
                        splits, seqs, heads),
                    CaseData.OutBFloat16([seqs, heads, lanes]), new IntArg(splits),
                ],
                static (a, _) => Attention.DecodeJoin(a.Floats(0), a.Floats(1), a.Floats(2), a.BFloat16(3), a.Int(4), a.Constants["D"]));
    }
}
