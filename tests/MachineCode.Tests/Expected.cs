using KernelDsl.Generators.Backends.Cpu;

namespace KernelDsl.MachineTests;

/// <summary>What the contract of Device/MicroKernels.cs promises, in plain C#.</summary>
internal static class Expected
{
    /// <summary>The memory after the dot: every sum added to, no other byte changed.</summary>
    public static byte[] Memory(MachineForm form, MicroKernel kernel, DotMemory memory)
    {
        bool pairs = form.MultipliesPairs && !kernel.Widened;
        for (int r = 0; r < memory.Rows; r++)
            for (int n = 0; n < memory.Columns; n++)
            {
                double near = Near(memory, r, n, out double error);
                float sum = form.IsTiled ? Tiles(memory, r, n) : pairs ? Pairs(memory, r, n) : Floats(memory, r, n);
                Assert.True(Math.Abs(sum - near) <= error, $"{sum:R} at [{r}, {n}] is {Math.Abs(sum - near):R} from {near:R}");
                memory.Sum(r, n) = sum;
            }

        byte[] after = memory.All.ToArray();
        memory.Reset();
        return after;
    }

    /// <summary>One fused multiply-add a step, ascending, from what c holds.</summary>
    private static float Floats(DotMemory memory, int row, int column)
    {
        float sum = memory.Sum(row, column);
        for (int i = 0; i < memory.Contraction; i++)
            sum = MathF.FusedMultiplyAdd(memory.Weight(column, i), memory.Row(row, i), sum);
        return sum;
    }

    /// <summary>One vdpbf16ps a pair, ascending: its second product is added first; of the last pair of an odd contraction it is zero.</summary>
    private static float Pairs(DotMemory memory, int row, int column)
    {
        float sum = memory.Sum(row, column);
        for (int i = 0; i < memory.Contraction; i += 2)
        {
            sum = i + 1 < memory.Contraction ? FlushingSum.MultiplyAdd(memory.Weight(column, i + 1), memory.Row(row, i + 1), sum) : FlushingSum.MultiplyAdd(0, 0, sum);
            sum = FlushingSum.MultiplyAdd(memory.Weight(column, i), memory.Row(row, i), sum);
        }

        return sum;
    }

    /// <summary>
    /// One tdpbf16ps for 32 steps: even and odd ones summed apart from zero, then both, then what c holds. The last step of an odd
    /// contraction is a fused multiply-add.
    /// </summary>
    private static float Tiles(DotMemory memory, int row, int column)
    {
        float sum = memory.Sum(row, column);
        int even = memory.Contraction & ~1;
        for (int i = 0; i < even; i += 32)
        {
            float evens = 0, odds = 0;
            for (int j = i; j < Math.Min(i + 32, even); j += 2)
            {
                evens = FlushingSum.MultiplyAdd(memory.Weight(column, j), memory.Row(row, j), evens);
                odds = FlushingSum.MultiplyAdd(memory.Weight(column, j + 1), memory.Row(row, j + 1), odds);
            }

            sum = FlushingSum.MultiplyAdd(FlushingSum.MultiplyAdd(evens, 1, odds), 1, sum);
        }

        return even == memory.Contraction ? sum : MathF.FusedMultiplyAdd(memory.Weight(column, even), memory.Row(row, even), sum);
    }

    /// <summary>
    /// The sum in double, and how far off in float it may be: half an ulp a step (and for two additions more of 32) of all that is added, and
    /// what may be flushed.
    /// </summary>
    private static double Near(DotMemory memory, int row, int column, out double error)
    {
        double sum = memory.Sum(row, column), magnitude = Math.Abs(sum);
        for (int i = 0; i < memory.Contraction; i++)
        {
            double product = (double)memory.Weight(column, i) * memory.Row(row, i);
            sum += product;
            magnitude += Math.Abs(product);
        }

        int steps = memory.Contraction + 1 + ((memory.Contraction + 31) / 32 * 2);
        error = steps * ((magnitude * Math.ScaleB(1, -24)) + Math.ScaleB(1, -125));
        return sum;
    }
}
