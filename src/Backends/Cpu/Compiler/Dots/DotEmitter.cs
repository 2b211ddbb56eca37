using KernelDsl.Generators.Emit;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>The class that holds the micro-kernels of an assembly: their table for each instruction set, portable vectors and machine code.</summary>
internal static class DotEmitter
{
    /// <summary>Prints the class.</summary>
    public static string Emit()
    {
        var w = new CodeWriter();
        Names.Header(w, "Register-blocked inner products: c[rows, 16 * panels] += a[rows, k] * b[k, 16 * panels].");
        w.Line($"namespace {Names.Namespace};");
        w.Line();
        using (w.Block("internal static unsafe class Dots"))
        {
            w.Line("/// <summary>The micro-kernels for this processor.</summary>");
            w.Line("public static readonly MicroKernels Table = For(Processor.InstructionSet);");
            w.Line();
            w.Line("/// <summary>The micro-kernels for an instruction set.</summary>");
            using (w.Block("public static MicroKernels For(InstructionSet set)"))
            {
                w.Line("var table = new MicroKernels(set);");
                using (w.Block("switch (set)"))
                {
                    w.Line("case InstructionSet.Portable:").Line("    Portable(table);").Line("    break;");
                    foreach (var form in MachineForm.All)
                    {
                        w.Line($"case InstructionSet.{form.Set}:");
                        // Panels of floats are multiplied as without the bf16 instruction.
                        if (form.MultipliesPairs)
                            w.Line($"    {MachineForm.Avx512.Set}(table);");
                        w.Line($"    {form.Set}(table);").Line("    break;");
                    }
                }

                w.Line("return table.Seal();");
            }

            PortableEmitter.EmitTable(w);
            foreach (var form in MachineForm.All)
                MachineEmitter.EmitTable(form, w);
            PortableEmitter.EmitCode(w);
            foreach (var form in MachineForm.All)
                MachineEmitter.EmitCode(form, w);
        }

        return w.ToString();
    }
}
