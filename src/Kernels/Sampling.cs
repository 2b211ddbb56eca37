namespace Kernels;

/// <summary>What of sampling runs on the device.</summary>
static class Sampling
{
    /// <summary>The largest logit of each block of BN and the first index that has it; the host joins the blocks of a row.</summary>
    [Kernel]
    [Schedule(Target.Cpu, BN = 1024)]
    [Schedule(Target.Cuda, BN = 1024, Warps = 4)]
    [Schedule(Target.Ascend, BN = 1024, Stages = 2)]
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
