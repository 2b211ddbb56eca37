namespace KernelDsl.Backends.Tests.NewKernels;

/// <summary>The Gaussian error linear unit (Hendrycks and Gimpel 2016).</summary>
static class Activation
{
    /// <summary>y = x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))).</summary>
    [Kernel]
    [Schedule(Target.Cpu, BM = 4, BN = 64)]
    [Schedule(Target.Cuda, BM = 1, BN = 256, Warps = 4)]
    [Schedule(Target.Ascend, BM = 8, BN = 256)]
    public static void Gelu(In<bf16> x, Out<bf16> y, [Block] int BM, [Block] int BN)
    {
        var m = Grid.Y(x.Rows, BM);
        var n = Grid.X(x.Cols, BN);
        y[m, n] = Curve(x[m, n]);
    }

    /// <summary>y = gelu(gate) · up, where a row of gateUp is gate and up side by side (Shazeer 2020).</summary>
    [Kernel]
    [Schedule(Target.Cpu, BM = 4, BN = 64)]
    [Schedule(Target.Cuda, BM = 1, BN = 256, Warps = 4)]
    [Schedule(Target.Ascend, BM = 8, BN = 256)]
    public static void GeGlu(In<bf16> gateUp, Out<bf16> y, [Block] int BM, [Block] int BN)
    {
        var m = Grid.Y(y.Rows, BM);
        var n = Grid.X(y.Cols, BN);
        y[m, n] = Curve(gateUp[m, n]) * gateUp[m, n + y.Cols];
    }

    [Inline]
    static Tile<float> Curve(Tile<float> x) => 0.5f * x * (1f + Tanh(0.7978845608f * (x + 0.044715f * x * Square(x))));
}
