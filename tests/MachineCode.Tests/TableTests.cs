using KernelDsl.Backends.Cpu.Device;
using KernelDsl.Generated.Cpu;
using KernelDsl.Generators.Backends.Cpu;

namespace KernelDsl.MachineTests;

/// <summary>The tables of the product, every shape of them executed by this host as kernels call it.</summary>
public unsafe class TableTests
{
    [SetFact(InstructionSet.Portable)]
    public void Portable_EveryShape_GivesTheExpectedBits() => Check(Forms.Portable);

    [SetFact(InstructionSet.Avx2)]
    public void Avx2_EveryShape_GivesTheExpectedBits() => Check(MachineForm.Avx2);

    [SetFact(InstructionSet.Avx512)]
    public void Avx512_EveryShape_GivesTheExpectedBits() => Check(MachineForm.Avx512);

    [SetFact(InstructionSet.Avx512Bf16)]
    public void Avx512Bf16_EveryShape_GivesTheExpectedBits() => Check(MachineForm.Avx512Bf16);

    [SetFact(InstructionSet.Amx)]
    public void Amx_EveryShape_GivesTheExpectedBits() => Check(MachineForm.Amx);

    /// <summary>Not executed: what SimdDot cuts weights and pages into.</summary>
    [SetFact(InstructionSet.Avx2)]
    public void Amx_Table_HasTilesForWeightsAndPairsForPages()
    {
        var table = Dots.For(InstructionSet.Amx);
        Assert.Equal(PanelFormat.Bf16Tiles, table.WeightPanels);
        Assert.Equal(2 * MicroKernels.TileRows, table.Rows(PanelFormat.Bf16Tiles));
        Assert.Equal((4, 2), (table.WidestPanels(PanelFormat.Bf16Tiles, MicroKernels.TileRows), table.WidestPanels(PanelFormat.Bf16Tiles, MicroKernels.TileRows + 1)));
        var pairs = Dots.For(InstructionSet.Avx512Bf16);
        Assert.Equal(PanelFormat.Bf16Pairs, pairs.WeightPanels);
        foreach (var format in new[] { PanelFormat.Bf16Pairs, PanelFormat.Float })
            Assert.Equal((pairs.Rows(format), pairs.WidestPanels(format, 1)), (table.Rows(format), table.WidestPanels(format, 1)));
        Assert.Equal(0, pairs.Rows(PanelFormat.Bf16Tiles));
    }

    private static void Check(MachineForm form)
    {
        var table = Dots.For(Enum.Parse<InstructionSet>(form.Set));
        Assert.Equal(form.MultipliesPairs, table.MultipliesPairs);
        foreach (var format in new[] { table.WeightPanels, PanelFormat.Float })
        {
            Assert.InRange(table.Rows(format), 1, MicroKernels.MaxRows);
            for (int rows = 1; rows <= table.Rows(format); rows++)
                for (int panels = 1; panels <= table.WidestPanels(format, rows); panels++)
                    Check(table, format, format == PanelFormat.Float && form.IsTiled ? MachineForm.Avx512 : form, new MicroKernel(rows, panels, 2, format == PanelFormat.Float));
        }
    }

    private static void Check(MicroKernels table, PanelFormat format, MachineForm form, MicroKernel kernel)
    {
        foreach (var memory in Problems.Of(form, kernel))
        {
            byte[] expected = Expected.Memory(form, kernel, memory);
            table.Run(format, kernel.Rows, kernel.Panels, memory.A, memory.AStride, memory.B, memory.PanelBytes, memory.Contraction, memory.C, memory.CStride);
            Problems.AssertEqual(expected, memory, $"{form.Set} {kernel.Name}");
        }
    }
}
