namespace Kernels;

/// <summary>Activations by weights; one dot for every number of rows, so that a row's bits do not depend on its batch.</summary>
static class MatMul
{
    /// <summary>y = x · wᵀ.</summary>
    [Kernel]
    [Schedule(Target.Cpu, BM = 16, BN = 96, BK = 1024)]
    [Schedule(Target.Cpu, BM = 128, BN = 192, BK = 256)]
    [Schedule(Target.Cuda, BM = 64, BN = 64, BK = 32, Warps = 4, Stages = 2)]
    [Schedule(Target.Ascend, BM = 128, BN = 256, BK = 256, Stages = 2)]
    public static void Linear(In<bf16> x, Weight<bf16> w, Out<bf16> y, [Block] int BM, [Block] int BN, [Block] int BK)
    {
        var m = Grid.X(y.Rows, BM);
        var n = Grid.Y(y.Cols, BN);
        y[m, n] = Product(x, w, m, n, BK);
    }

    /// <summary>y = x · wᵀ + bias.</summary>
    [Kernel]
    [Schedule(Target.Cpu, BM = 16, BN = 96, BK = 1024)]
    [Schedule(Target.Cpu, BM = 128, BN = 192, BK = 256)]
    [Schedule(Target.Cuda, BM = 64, BN = 64, BK = 32, Warps = 4, Stages = 2)]
    [Schedule(Target.Ascend, BM = 128, BN = 256, BK = 256, Stages = 2)]
    public static void LinearBias(
        In<bf16> x, Weight<bf16> w, In<bf16> bias, Out<bf16> y, [Block] int BM, [Block] int BN, [Block] int BK)
    {
        var m = Grid.X(y.Rows, BM);
        var n = Grid.Y(y.Cols, BN);
        y[m, n] = Product(x, w, m, n, BK) + bias[n];
    }

    /// <summary>y = x · wᵀ, kept in float: what is added to the residual stream, and logits.</summary>
    [Kernel]
    [Schedule(Target.Cpu, BM = 16, BN = 96, BK = 1024)]
    [Schedule(Target.Cpu, BM = 128, BN = 192, BK = 256)]
    [Schedule(Target.Cuda, BM = 64, BN = 64, BK = 32, Warps = 4, Stages = 2)]
    [Schedule(Target.Ascend, BM = 128, BN = 256, BK = 256, Stages = 2)]
    public static void LinearFloat(In<bf16> x, Weight<bf16> w, Out<float> y, [Block] int BM, [Block] int BN, [Block] int BK)
    {
        var m = Grid.X(y.Rows, BM);
        var n = Grid.Y(y.Cols, BN);
        y[m, n] = Product(x, w, m, n, BK);
    }

    /// <summary>x · wᵀ, summed over all inputs.</summary>
    [Inline]
    internal static Tile<float> Product(In<bf16> x, Weight<bf16> w, Block m, Block n, int BK)
    {
        var product = Zeros(m, n);
        foreach (var k in Blocks(x.Cols, BK))
            product += Dot(x[m, k], w[n, k].T);
        return product;
    }
}
