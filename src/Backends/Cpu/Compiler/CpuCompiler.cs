using KernelDsl.Generators.Backend;
using KernelDsl.Generators.Emit;
using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;
using KernelDsl.Generators.Passes;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// Lowers kernels to C# over vectors of 16 floats. Operations become loop nests (<see cref="Scheduler"/>) that keep their values in
/// registers, dots become calls of register-blocked micro-kernels (<see cref="DotEmitter"/>), and what crosses from one to the other lies
/// in a worker's scratch memory (<see cref="Placement"/>).
/// </summary>
public sealed class CpuCompiler : IBackendCompiler
{
    private static readonly Pass[] _passes =
    [
        new("Simplify", Simplify.Run),
        new("Deduplicate", Deduplicate.Run),
        new("RemoveDead", RemoveDead.Run),
    ];

    /// <inheritdoc/>
    public string Target => "Cpu";

    /// <inheritdoc/>
    public Limits Limits { get; } = new() { ScratchBytes = 1536 << 10, DotGranule = 16, Lanes = 16 };

    /// <inheritdoc/>
    public Emission Compile(EquatableArray<Kernel> variants)
    {
        var name = variants[0].Name;
        try
        {
            var w = new CodeWriter();
            Names.Header(w, [.. variants.Select(Describe)]);
            w.Line($"namespace {Names.Namespace};").Line();
            using (w.Block($"internal static unsafe class {Names.ClassOf(name)}"))
                EmitVariants(variants, w);
            return new Emission(new[] { new EmittedFile($"{name}.Cpu.g.cs", w.ToString()) }.ToEquatable(), []);
        }
        catch (LoweringException e)
        {
            return new Emission([], new[] { e.ToDiagnostic(variants[0], Target) }.ToEquatable());
        }
    }

    /// <inheritdoc/>
    public Emission EmitCatalog(EquatableArray<string> kernels)
    {
        var w = new CodeWriter();
        Names.Header(w, "Registers the kernels of this assembly with the CPU back end.");
        w.Line($"namespace {Names.Namespace};").Line();
        using (w.Block("internal static class CpuCatalog"))
        {
            w.Line("[System.Runtime.CompilerServices.ModuleInitializer]");
            using var method = w.Block("internal static void Register()");
            foreach (string kernel in kernels.OrderBy(static k => k, StringComparer.Ordinal))
                w.Line($"CpuKernels.Add(\"{kernel}\", static () => {Names.ClassOf(kernel)}.Variants);");
        }

        var files = new List<EmittedFile> { new("CpuCatalog.Cpu.g.cs", w.ToString()) };
        if (kernels.Count > 0)
            files.Add(new EmittedFile("Dots.Cpu.g.cs", DotEmitter.Emit()));
        return new Emission(files.ToEquatable(), []);
    }

    private static string Describe(Kernel kernel) =>
        $"kernel {kernel.Name}: {string.Join(" ", kernel.Constants.Select(static c => $"{c.Name}={c.Value}"))}";

    private void EmitVariants(EquatableArray<Kernel> variants, CodeWriter w)
    {
        var emitters = variants.Select(static k => Pipeline.Run(k, _passes)).Select(static k => (Kernel: k, Emitter: new KernelEmitter(k))).ToList();
        w.Line("public static CpuVariant[] Variants =>");
        w.Line("[");
        foreach (var (kernel, emitter) in emitters)
        {
            if (emitter.ScratchBytes > Limits.ScratchBytes)
                throw new LoweringException("KDSL0120", kernel.Name, "scratch memory", $"{emitter.ScratchBytes >> 10}", $"{Limits.ScratchBytes >> 10}",
                    string.Join(", ", kernel.Constants.Select(static c => $"{c.Name} = {c.Value}")));
            string constants = string.Join(", ", kernel.Constants.Where(static c => !c.IsBlock).Select(static c => $"new ConstantValue(\"{c.Name}\", {c.Value})"));
            string blocks = string.Join(", ", Enumerable.Range(0, 3).Select(d => d < kernel.Grid.Count ? kernel.Grid[d].Block : 1));
            w.Line($"    new CpuVariant(\"{kernel.VariantSuffix}\", [{constants}], [{blocks}], {emitter.ScratchBytes}, [{string.Join(", ", emitter.PagedUses())}], [{string.Join(", ", emitter.RowsUses())}], &Extents{Suffix(kernel)}, &Program{Suffix(kernel)}),");
        }

        w.Line("];");
        foreach (var (kernel, emitter) in emitters)
        {
            w.Line();
            w.Line($"// {Describe(kernel)}; scratch {emitter.ScratchBytes} bytes");
            emitter.Emit(Suffix(kernel), w);
        }
    }

    private static string Suffix(Kernel kernel) => kernel.VariantSuffix.Length > 0 ? "_" + kernel.VariantSuffix : "";
}
