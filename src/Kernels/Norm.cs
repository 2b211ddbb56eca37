namespace Kernels;

/// <summary>
/// Root mean square normalisation (Zhang and Sennrich 2019) of the residual stream. The stream is float: every layer adds to it, and
/// rounding it to bf16 each time would cost more than all other roundings of the model together.
/// </summary>
static class Norm
{
    /// <summary>y = x · rsqrt(mean(x²) + eps) · weight, row by row.</summary>
    [Kernel]
    [Schedule(Target.Cpu, BM = 1, BK = 256)]
    [Schedule(Target.Cuda, BM = 1, BK = 1024, Warps = 4)]
    [Schedule(Target.Ascend, BM = 8, BK = 1024, Stages = 2)]
    public static void RmsNorm(In<float> x, In<bf16> weight, Out<bf16> y, float eps, [Block] int BM, [Block] int BK)
    {
        var m = Grid.X(x.Rows, BM);

        var squares = Zeros(m);
        foreach (var k in Blocks(x.Cols, BK))
            squares += RowSum(Square(x[m, k]));

        var scale = Rsqrt(squares / x.Cols + eps);
        foreach (var k in Blocks(x.Cols, BK))
            y[m, k] = x[m, k] * scale * weight[k];
    }

    /// <summary>residual += x; y = rmsnorm(residual) · weight.</summary>
    [Kernel]
    [Schedule(Target.Cpu, BM = 1, BK = 256)]
    [Schedule(Target.Cuda, BM = 1, BK = 1024, Warps = 4)]
    [Schedule(Target.Ascend, BM = 8, BK = 512, Stages = 2)]
    public static void AddRmsNorm(
        In<float> x, InOut<float> residual, In<bf16> weight, Out<bf16> y, float eps, [Block] int BM, [Block] int BK)
    {
        var m = Grid.X(x.Rows, BM);

        var squares = Zeros(m);
        foreach (var k in Blocks(x.Cols, BK))
        {
            var sum = residual[m, k] + x[m, k];
            residual[m, k] = sum;
            squares += RowSum(Square(sum));
        }

        var scale = Rsqrt(squares / x.Cols + eps);
        foreach (var k in Blocks(x.Cols, BK))
            y[m, k] = residual[m, k] * scale * weight[k];
    }
}
