using KernelDsl.Backends.Tests.Harness;
using Kernels;

namespace KernelDsl.Backends.Tests;

/// <summary>The bits of a row do not depend on how many rows there are, on chunks, on pages, or on who else is in the batch.</summary>
public sealed class BatchInvarianceTests
{
    private const int D = 64, Heads = 4, KvHeads = 2, Length = Attention.Span + 10, News = 20;

    public static TheoryData<string, string> RowKernels
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string target in Suite.Targets.Keys)
                foreach (string kernel in new[] { "MatMul.Linear", "MatMul.LinearBias", "MatMul.LinearFloat", "Norm.RmsNorm", "Mlp.SwiGlu" })
                    data.Add(target, kernel);
            return data;
        }
    }

    public static TheoryData<string, string, string, string, CacheFormat> AttentionKernels
    {
        get
        {
            var data = new TheoryData<string, string, string, string, CacheFormat>();
            foreach (string target in Suite.Targets.Keys)
                foreach (var format in Enum.GetValues<CacheFormat>())
                    data.Add(target, "Attention.Prefill", "Attention.Decode", "Attention.DecodeJoin", format);
            return data;
        }
    }

    [TargetTheory]
    [MemberData(nameof(RowKernels))]
    public void Row_AloneOrInABatch_HasTheSameBits(string target, string kernel)
    {
        const int Rows = 70, Cols = 301, Outputs = 83;
        byte[] all = Run(0, Rows);
        foreach (var (first, count) in new[] { (0, 1), (69, 1), (17, 3), (5, 8), (20, 16), (30, 33) })
            Assert.Equal(all[(first * all.Length / Rows)..((first + count) * all.Length / Rows)], Run(first, count));

        byte[] Run(int first, int count)
        {
            var data = new CaseData(3);
            KernelArg x = kernel == "Norm.RmsNorm" ? new ViewArg<float>(data.Float([Rows, 2 * Cols]).Tensor.Slice(0, first, count)) : new ViewArg<bf16>(data.BFloat16([Rows, 2 * Cols]).Tensor.Slice(0, first, count));
            KernelArg y = kernel switch
            {
                "MatMul.LinearFloat" => CaseData.OutFloat(count, Outputs),
                "Norm.RmsNorm" => CaseData.OutBFloat16([count, 2 * Cols]),
                _ => CaseData.OutBFloat16([count, Outputs]),
            };
            KernelArg[] args = kernel switch
            {
                "MatMul.LinearBias" => [x, data.Weight(Outputs, 2 * Cols), data.BFloat16([Outputs]), y],
                "Norm.RmsNorm" => [x, data.BFloat16([2 * Cols]), y, new FloatArg(1e-6f)],
                "Mlp.SwiGlu" => [x, data.Weight(Outputs, 2 * Cols), data.Weight(Outputs, 2 * Cols), y],
                _ => [x, data.Weight(Outputs, 2 * Cols), y],
            };
            return Dense(target, kernel, Consts.None, args, (ViewArg)y);
        }
    }

    [TargetTheory]
    [MemberData(nameof(AttentionKernels))]
    public void Query_PrefilledChunkedOrDecoded_HasTheSameBits(string target, string prefill, string decode, string join, CacheFormat format)
    {
        byte[] whole = Prefill(News, page: 16, others: []);
        int row = whole.Length / News;
        Assert.Equal(whole[((News - 7) * row)..], Prefill(7, page: 16, others: []));
        Assert.Equal(whole[^row..], Prefill(1, page: 16, others: []));
        Assert.Equal(whole, Prefill(News, page: 128, others: []));
        Assert.Equal(whole, Prefill(News, page: 32, others: [5, 20]));
        Assert.Equal(whole[^row..], Decode(back: 0, page: 16, others: [], splits: 2));
        Assert.Equal(whole[^row..], Decode(back: 0, page: 64, others: [Attention.Span + 9], splits: 3));

        // This query lies before the last span, which its prefill saw fully masked, and its decode not at all.
        Assert.Equal(whole[(4 * row)..(5 * row)], Decode(back: News - 5, page: 16, others: [], splits: 1));

        byte[] Prefill(int news, int page, int[] others)
        {
            int[] lengths = [Length, .. others];
            var o = CaseData.OutBFloat16([news + others.Sum(), Heads, D]);
            int[] starts = [0, news, .. others.Select((_, i) => news + others[..(i + 1)].Sum())];
            var (keys, values) = Caches(lengths, page, format);
            byte[] all = Dense(
                target, prefill, Consts.D(D),
                [Queries(news, others.Sum()), keys, values, o, CaseData.Ints(starts), CaseData.Ints(lengths), new IntArg(Math.Max(news, others.Append(0).Max())), new FloatArg(0.125f)],
                o);
            return all[..(news * Heads * D * 2)];
        }

        byte[] Decode(int back, int page, int[] others, int splits)
        {
            int[] lengths = [Length - back, .. others];
            var (keys, values) = Caches(lengths, page, format);
            ViewArg<float> partial = CaseData.OutFloat(splits, lengths.Length, Heads, D), maxima = CaseData.OutFloat(splits, lengths.Length, Heads);
            var sums = CaseData.OutFloat(splits, lengths.Length, Heads);
            var o = CaseData.OutBFloat16([lengths.Length, Heads, D]);
            Dense(
                target, decode, Consts.DG(D, Heads / KvHeads),
                [Queries(1, others.Length, back), keys, values, partial, maxima, sums, CaseData.Ints(lengths), new IntArg(splits), new FloatArg(0.125f)], o);
            return Dense(target, join, Consts.D(D), [partial, maxima, sums, o, new IntArg(splits)], o)[..(Heads * D * 2)];
        }
    }

    /// <summary>Queries of the sequence under test, ending so many before its last, followed by some of others.</summary>
    private static ViewArg<bf16> Queries(int news, int others, int back = 0) =>
        new(new CaseData(12).BFloat16([News + 1000, Heads, D]).Tensor.Slice(0, News - back - news, news + others));

    /// <summary>The first sequence has the same keys and values whatever the pages and the other sequences.</summary>
    private static (PagedArg Keys, PagedArg Values) Caches(int[] lengths, int page, CacheFormat format)
    {
        var table = new CaseData(page).PageTable(lengths, page);
        return (
            new CaseData(13).Cache(table, lengths, page, KvHeads, D, PageLayout.ContractLanes, format),
            new CaseData(14).Cache(table, lengths, page, KvHeads, D, PageLayout.ContractPositions, format));
    }

    /// <summary>Runs and returns the bytes of a dense output.</summary>
    private static byte[] Dense(string target, string kernel, IReadOnlyDictionary<string, int> constants, KernelArg[] args, ViewArg output)
    {
        var launch = new KernelLaunch(KernelList.All.Single(k => k.Name == kernel), args, constants);
        var subject = Suite.Targets[target];
        subject.Run(launch, subject.Variants(launch)[0]);
        int size = output.Element.Size();
        return output.Bytes.Slice(output.Offset * size, output.Dims.Aggregate(size, static (a, b) => a * b)).ToArray();
    }
}
