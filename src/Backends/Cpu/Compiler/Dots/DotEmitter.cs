using KernelDsl.Generators.Emit;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>The class that holds the micro-kernels of an assembly: their table for each instruction set, portable vectors and machine code.</summary>
internal static class DotEmitter
{
    // What a table is filled from; later entries replace earlier ones of their shape. Portable integer dots need no entry.
    private static readonly (string Set, string[] Tables)[] _tables =
    [
        ("Portable", ["Portable"]),
        ("Avx2", ["Avx2", "Avx2Integers"]),
        ("Avx512", ["Avx512", "Avx2Integers"]),
        ("Avx512Vnni", ["Avx512", "Avx512VnniIntegers"]),
        ("Avx512Bf16", ["Avx512", "Avx512Bf16", "Avx512VnniIntegers"]),
        ("Amx", ["Avx512", "Avx512Bf16", "Amx", "Avx512VnniIntegers"]),
    ];

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
                    foreach (var (set, tables) in _tables)
                    {
                        w.Line($"case InstructionSet.{set}:");
                        foreach (string table in tables)
                            w.Line($"    {table}(table);");
                        w.Line("    break;");
                    }
                }

                w.Line("return table.Seal();");
            }

            PortableEmitter.EmitTable(w);
            foreach (var form in MachineForm.All)
                MachineEmitter.EmitTable(form, w);
            foreach (var form in IntegerForm.All)
                MachineEmitter.EmitTable(form, w);
            PortableEmitter.EmitCode(w);
            foreach (var form in MachineForm.All)
                MachineEmitter.EmitCode(form, w);
            foreach (var form in IntegerForm.All)
                MachineEmitter.EmitCode(form, w);
        }

        return w.ToString();
    }
}
