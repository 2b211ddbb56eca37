namespace Kernels;

/// <summary>What of sampling runs on the device.</summary>
static class Sampling
{
    /// <summary>Logits per block: the host must know how many blocks it joins, so this is no matter of schedule.</summary>
    public const int ArgMaxBlock = 1024;

    /// <summary>The largest logit of each block of BN and the first index that has it; the host joins the blocks of a row.</summary>
    [Kernel]
    [Schedule(Target.Cpu, BN = ArgMaxBlock)]
    [Schedule(Target.Cuda, BN = ArgMaxBlock, Warps = 4)]
    [Schedule(Target.Ascend, BN = ArgMaxBlock, Stages = 2)]
    public static void ArgMax(In<float> logits, Out<float> maxima, Out<int> indices, [Block] int BN)
    {
        int row = Grid.Y(logits.Rows);
        var n = Grid.X(logits.Cols, BN);
        int block = n.Start / BN;
        var values = logits[row, n];
        maxima[row, block] = RowMax(values);
        indices[row, block] = RowArgMax(values, n);
    }
}
