namespace Kernels;

/// <summary>
/// Causal grouped-query attention over the paged cache. Keys are cut at multiples of <see cref="Span"/>; each span is one softmax from
/// scratch, and spans are joined in order. So a query's bits are the same whether it is decoded or prefilled, in whatever chunks.
/// </summary>
static class Attention
{
    /// <summary>Keys per span; every BN divides it, and one target's Prefill and Decode have one BN.</summary>
    public const int Span = 512;

    /// <summary>
    /// Attention of a ragged batch of new tokens: query rows starts[s] .. starts[s + 1] are the last of the lengths[s] tokens of sequence
    /// s, whose keys are all in the cache; longest is the largest number of new tokens.
    /// </summary>
    [Kernel]
    [Schedule(Target.Cpu, BM = 48, BN = 128)]
    [Schedule(Target.Cuda, BM = 64, BN = 64, Warps = 4, Stages = 2)]
    [Schedule(Target.Ascend, BM = 128, BN = 128, Stages = 2)]
    public static void Prefill(
        In<bf16> q, Paged<bf16> keys, Paged<bf16> values, Out<bf16> o, In<int> starts, In<int> lengths, int longest, float scale,
        [Const(64, 128)] int D, [Block] int BM, [Block] int BN)
    {
        int seq = Grid.Z(lengths.Length), head = Grid.Y(q.Dim(1));
        int begin = starts[seq], end = starts[seq + 1], length = lengths[seq];
        var m = Grid.X(longest, BM).Within(begin, end);
        if (m.IsEmpty) return;

        int kvHead = head / (q.Dim(1) / keys.Heads);
        int shift = length - end; // query row r has position r + shift
        var d = Full(D);
        var query = q[m, head, d];
        var join = new SoftmaxJoin(m, d);

        foreach (var span in Blocks(0, m.End + shift, Span))
        {
            var softmax = new OnlineSoftmax(m, d);
            foreach (var n in Blocks(span.Start, span.End, BN))
            {
                var scores = Dot(query, keys[seq, n, kvHead, d].T) * scale;
                softmax.Fold(Where(m.Rows + shift >= n.Cols, scores, float.NegativeInfinity), values[seq, n, kvHead, d]);
            }

            join.Fold(softmax.RunningMax, softmax.RunningSum, softmax.Weighted);
        }

        o[m, head, d] = join.Result;
    }

    /// <summary>
    /// One new token per sequence, one span of keys per split; the G query heads of a KV head share its tiles. Writes each span's softmax
    /// for <see cref="DecodeJoin"/>; splits is at least the spans of the longest sequence, and more change nothing.
    /// </summary>
    [Kernel]
    [Schedule(Target.Cpu, BN = 128)]
    [Schedule(Target.Cuda, BN = 64, Warps = 4, Stages = 2)]
    [Schedule(Target.Ascend, BN = 128, Stages = 2, Cube = false)]
    public static void Decode(
        In<bf16> q, Paged<bf16> keys, Paged<bf16> values, Out<float> partial, Out<float> maxima, Out<float> sums,
        In<int> lengths, int splits, float scale,
        [Const(64, 128)] int D, [Const(1, 2, 4, 5, 6, 7, 8)] int G, [Block] int BN)
    {
        int seq = Grid.Z(lengths.Length), kvHead = Grid.Y(keys.Heads), split = Grid.X(splits);
        int length = lengths[seq];
        Block g = Full(G).At(kvHead * G), d = Full(D);
        var query = q[seq, g, d];
        var softmax = new OnlineSoftmax(g, d);

        foreach (var n in Blocks(split * Span, Min(length, (split + 1) * Span), BN))
            softmax.Fold(Dot(query, keys[seq, n, kvHead, d].T) * scale, values[seq, n, kvHead, d]);

        partial[split, seq, g, d] = softmax.Weighted;
        maxima[split, seq, g] = softmax.RunningMax.T;
        sums[split, seq, g] = softmax.RunningSum.T;
    }

    /// <summary>Joins the spans that <see cref="Decode"/> wrote.</summary>
    [Kernel]
    [Schedule(Target.Cpu)]
    [Schedule(Target.Cuda, Warps = 1)]
    [Schedule(Target.Ascend, Stages = 2)]
    public static void DecodeJoin(
        In<float> partial, In<float> maxima, In<float> sums, Out<bf16> o, int splits, [Const(64, 128)] int D)
    {
        int seq = Grid.Y(o.Rows), head = Grid.X(o.Dim(1));
        Block h = Full(1).At(head), d = Full(D);
        var join = new SoftmaxJoin(h, d);

        for (int split = 0; split < splits; split++)
            join.Fold(maxima[split, seq, h], sums[split, seq, h], partial[split, seq, h, d]);

        o[seq, h, d] = join.Result;
    }
}
