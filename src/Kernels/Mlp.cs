namespace Kernels;

/// <summary>The gated part of a feed-forward layer.</summary>
static class Mlp
{
    /// <summary>y = silu(x · gateᵀ) · (x · upᵀ) (Shazeer 2020): both products stay in float, and never leave the program that made them.</summary>
    [Kernel]
    [Schedule(Target.Cpu, BM = 16, BN = 48, BK = 1024)]
    [Schedule(Target.Cpu, BM = 128, BN = 96, BK = 256)]
    [Schedule(Target.Cuda, BM = 64, BN = 64, BK = 32, Warps = 4, Stages = 2)]
    [Schedule(Target.Ascend, BM = 16, BN = 32, BK = 256, Stages = 2, Cube = false)] // its gate needs the vector core, and kernels of both are not built yet
    public static void SwiGlu(In<bf16> x, Weight<bf16> gate, Weight<bf16> up, Out<bf16> y, [Block] int BM, [Block] int BN, [Block] int BK)
    {
        var m = Grid.X(y.Rows, BM);
        var n = Grid.Y(y.Cols, BN);
        y[m, n] = Silu(MatMul.Product(x, gate, m, n, BK)) * MatMul.Product(x, up, m, n, BK);
    }
}
