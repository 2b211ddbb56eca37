namespace KernelDsl.Backends.Tests.NewKernels;

/// <summary>Softmax over rows that are longer than a block.</summary>
static class RowSoftmax
{
    /// <summary>y = exp(x - max) / Σ exp(x - max), row by row.</summary>
    [Kernel]
    [Schedule(Target.Cpu, BM = 1, BN = 256)]
    [Schedule(Target.Cpu, BM = 4, BN = 64)]
    [Schedule(Target.Cuda, BM = 4, BN = 64, Warps = 2)]
    [Schedule(Target.Ascend, BM = 4, BN = 128)]
    public static void Softmax(In<float> x, Out<float> y, [Block] int BM, [Block] int BN)
    {
        var m = Grid.X(x.Rows, BM);

        var max = Fill(m, float.NegativeInfinity);
        foreach (var n in Blocks(x.Cols, BN))
            max = Max(max, RowMax(x[m, n]));

        var sum = Zeros(m);
        foreach (var n in Blocks(x.Cols, BN))
            sum += RowSum(Exp(x[m, n] - max));

        foreach (var n in Blocks(x.Cols, BN))
            y[m, n] = Exp(x[m, n] - max) / sum;
    }
}
