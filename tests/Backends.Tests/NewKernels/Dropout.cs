namespace KernelDsl.Backends.Tests.NewKernels;

/// <summary>Dropout (Srivastava et al. 2014) by a mask that the host drew.</summary>
static class Dropout
{
    /// <summary>residual += kept ? x / (1 - rate) : 0, where kept is 0 or 1 per element.</summary>
    [Kernel]
    [Schedule(Target.Cpu, BM = 4, BN = 64)]
    [Schedule(Target.Cuda, BM = 2, BN = 64, Warps = 4)]
    [Schedule(Target.Ascend, BM = 8, BN = 256)]
    public static void AddDropped(In<bf16> x, In<int> kept, InOut<bf16> residual, float rate, [Block] int BM, [Block] int BN)
    {
        var m = Grid.Y(x.Rows, BM);
        var n = Grid.X(x.Cols, BN);
        residual[m, n] = residual[m, n] + x[m, n] / (1f - rate) * kept[m, n];
    }
}
