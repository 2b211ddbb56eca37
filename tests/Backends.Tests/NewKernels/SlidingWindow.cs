namespace KernelDsl.Backends.Tests.NewKernels;

/// <summary>Attention that the product does not have: a window, and a bias by distance.</summary>
static class SlidingWindow
{
    /// <summary>
    /// One head of dense causal attention in which a query sees the last window keys, with ALiBi (Press et al. 2021): bias[key] is slope · key,
    /// which differs from slope · (key - query) by a constant per row, and so gives the same softmax.
    /// </summary>
    [Kernel]
    [Schedule(Target.Cpu, BM = 16, BN = 32)]
    [Schedule(Target.Cuda, BM = 16, BN = 32, Warps = 4)]
    [Schedule(Target.Ascend, BM = 16, BN = 32)]
    public static void Attend(
        In<bf16> q, In<bf16> k, In<bf16> v, In<float> bias, Out<bf16> o, int window, float scale,
        [Const(16, 64)] int D, [Block] int BM, [Block] int BN)
    {
        var m = Grid.X(q.Rows, BM);
        var d = Full(D);
        var query = q[m, d];
        Tile<float> max = Fill(m, -1e30f), sum = Zeros(m), acc = Zeros(m, d);

        foreach (var n in Blocks(Max(0, m.Start - window + 1), m.End, BN))
        {
            var scores = Dot(query, k[n, d].T) * scale + bias[n];
            scores = Where(m.Rows >= n.Cols, Where(m.Rows - window < n.Cols, scores, float.NegativeInfinity), float.NegativeInfinity);
            var next = Max(max, RowMax(scores));
            var weights = Exp(scores - next);
            var decay = Exp(max - next);
            sum = sum * decay + RowSum(weights);
            acc = acc * decay + Dot(weights.To<bf16>(), v[n, d]);
            max = next;
        }

        o[m, d] = acc / sum;
    }
}
