namespace Kernels;

/// <summary>Rotary position embedding (Su et al. 2021).</summary>
static class Rotary
{
    /// <summary>Rotates each head by its token's angles; lane i and lane i + D/2 of a head are a pair (the NeoX layout, as Qwen2 has it).</summary>
    [Kernel]
    [Schedule(Target.Cpu, BM = 8)]
    [Schedule(Target.Cuda, BM = 8, Warps = 4)]
    [Schedule(Target.Ascend, BM = 16, Stages = 2)]
    public static void Rope(
        InOut<bf16> q, In<int> positions, In<float> cos, In<float> sin, [Const(64, 128)] int D, [Block] int BM)
    {
        int token = Grid.Y(q.Rows), position = positions[token];
        var h = Grid.X(q.Dim(1), BM);
        Block low = Full(D / 2), high = low + D / 2;

        var a = q[token, h, low];
        var b = q[token, h, high];
        var c = cos[position, low];
        var s = sin[position, low];
        q[token, h, low] = a * c - b * s;
        q[token, h, high] = b * c + a * s;
    }
}
