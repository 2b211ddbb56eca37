namespace Kernels;

/// <summary>Rows picked by index.</summary>
static class Embedding
{
    /// <summary>y[t] = table[tokens[t]]: where the residual stream begins.</summary>
    [Kernel]
    [Schedule(Target.Cpu, BK = 256)]
    [Schedule(Target.Cuda, BK = 1024, Warps = 4)]
    [Schedule(Target.Ascend, BK = 1024, Stages = 2)]
    public static void Embed(In<int> tokens, Weight<bf16> table, Out<float> y, [Block] int BK)
    {
        int row = Grid.Y(tokens.Length), token = tokens[row];
        var k = Grid.X(y.Cols, BK);
        y[row, k] = table[token, k];
    }

    /// <summary>y[r] = x[rows[r]]: the rows whose logits are needed.</summary>
    [Kernel]
    [Schedule(Target.Cpu, BK = 256)]
    [Schedule(Target.Cuda, BK = 1024, Warps = 4)]
    [Schedule(Target.Ascend, BK = 1024, Stages = 2)]
    public static void GatherRows(In<bf16> x, In<int> rows, Out<bf16> y, [Block] int BK)
    {
        int row = Grid.Y(rows.Length), source = rows[row];
        var k = Grid.X(y.Cols, BK);
        y[row, k] = x[source, k];
    }
}
