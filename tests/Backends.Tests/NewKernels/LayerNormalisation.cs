namespace KernelDsl.Backends.Tests.NewKernels;

/// <summary>Layer normalisation (Ba et al. 2016): two passes for the moments, one for the result.</summary>
static class LayerNormalisation
{
    /// <summary>y = (x - mean) · rsqrt(variance + eps) · weight + bias, row by row.</summary>
    [Kernel]
    [Schedule(Target.Cpu, BM = 1, BK = 256)]
    [Schedule(Target.Cpu, BM = 4, BK = 64)]
    [Schedule(Target.Cuda, BM = 2, BK = 256, Warps = 4)]
    [Schedule(Target.Ascend, BM = 8, BK = 64)]
    public static void LayerNorm(
        In<bf16> x, In<bf16> weight, In<bf16> bias, Out<bf16> y, float eps, [Block] int BM, [Block] int BK)
    {
        var m = Grid.X(x.Rows, BM);

        var sum = Zeros(m);
        foreach (var k in Blocks(x.Cols, BK))
            sum += RowSum(x[m, k]);
        var mean = sum / x.Cols;

        var squares = Zeros(m);
        foreach (var k in Blocks(x.Cols, BK))
            squares += RowSum(Square(x[m, k] - mean));
        var scale = Rsqrt(squares / x.Cols + eps);

        foreach (var k in Blocks(x.Cols, BK))
            y[m, k] = (x[m, k] - mean) * scale * weight[k] + bias[k];
    }
}
