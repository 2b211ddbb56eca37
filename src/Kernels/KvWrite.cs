namespace Kernels;

/// <summary>Appending to the cache.</summary>
static class KvWrite
{
    /// <summary>The keys and values of token t go to position positions[t] of sequence sequences[t].</summary>
    [Kernel]
    [Schedule(Target.Cpu, BM = 8)]
    [Schedule(Target.Cuda, BM = 8, Warps = 4)]
    [Schedule(Target.Ascend, BM = 16, Stages = 2)]
    public static void Write(
        In<bf16> k, In<bf16> v, Paged<bf16> keys, Paged<bf16> values, In<int> sequences, In<int> positions,
        [Const(64, 128)] int D, [Block] int BM)
    {
        int token = Grid.Y(positions.Length), seq = sequences[token], position = positions[token];
        var h = Grid.X(k.Dim(1), BM);
        var d = Full(D);
        keys[seq, position, h, d] = k[token, h, d];
        values[seq, position, h, d] = v[token, h, d];
    }
}
