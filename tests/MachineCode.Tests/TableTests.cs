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

    private static void Check(MachineForm form)
    {
        var table = Dots.For(Enum.Parse<InstructionSet>(form.Set));
        Assert.Equal(form.MultipliesPairs, table.MultipliesPairs);
        Assert.InRange(table.Rows, 1, MicroKernels.MaxRows);
        foreach (bool widened in new[] { false, true })
            for (int rows = 1; rows <= table.Rows; rows++)
                for (int panels = 1; panels <= table.WidestPanels(rows); panels++)
                    Check(table, form, new MicroKernel(rows, panels, 2, widened));
    }

    private static void Check(MicroKernels table, MachineForm form, MicroKernel kernel)
    {
        foreach (var memory in Problems.Of(form, kernel))
        {
            byte[] expected = Expected.Memory(form, kernel, memory);
            var format = kernel.Widened ? PanelFormat.Float : PanelFormat.Bf16Pairs;
            table.Run(format, kernel.Rows, kernel.Panels, memory.A, memory.AStride, memory.B, memory.PanelBytes, memory.Contraction, memory.C, memory.CStride);
            Problems.AssertEqual(expected, memory, $"{form.Set} {kernel.Name}");
        }
    }
}
