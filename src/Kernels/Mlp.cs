namespace Kernels;

/// <summary>The gated part of a feed-forward layer.</summary>
static class Mlp
{
    /// <summary>y = silu(gate) · up, where a row of gateUp is gate and up side by side (Shazeer 2020).</summary>
    [Kernel]
    [Schedule(Target.Cpu, BM = 4, BN = 256)]
    [Schedule(Target.Cuda, BM = 1, BN = 1024, Warps = 4)]
    [Schedule(Target.Ascend, BM = 8, BN = 1024, Stages = 2)]
    public static void SwiGlu(In<bf16> gateUp, Out<bf16> y, [Block] int BM, [Block] int BN)
    {
        var m = Grid.X(y.Rows, BM);
        var n = Grid.Y(y.Cols, BN);
        y[m, n] = Silu(gateUp[m, n]) * gateUp[m, n + y.Cols];
    }
}
