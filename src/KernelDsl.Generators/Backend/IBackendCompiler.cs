using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;

namespace KernelDsl.Generators.Backend;

/// <summary>The compiler half of a back end: pure functions from IR to text. Implementations live in src/Backends/X/Compiler.</summary>
public interface IBackendCompiler
{
    /// <summary>Name of the KernelDsl.Target member, and the value of the KdslTarget property that selects this back end: Cpu, Cuda, Ascend.</summary>
    string Target { get; }

    /// <summary>What the device can hold and do, as data.</summary>
    Limits Limits { get; }

    /// <summary>
    /// Compiles all variants (schedules times constants) of one kernel. The IR is as the front end made it, verified; the back end runs its
    /// own list of passes. What it cannot lower it reports as a KDSL diagnostic and emits nothing: never wrong code.
    /// </summary>
    Emission Compile(EquatableArray<Kernel> variants);

    /// <summary>Emits the table through which the back end's run-time half finds the compiled kernels, given the names of those that compiled.</summary>
    Emission EmitCatalog(EquatableArray<string> kernels);
}

/// <summary>Files (hint name and text) and diagnostics that came out of a compilation.</summary>
public sealed record Emission(EquatableArray<EmittedFile> Files, EquatableArray<BackendDiagnostic> Diagnostics)
{
    /// <summary>No files, no diagnostics.</summary>
    public static Emission Nothing { get; } = new(default, default);
}

/// <summary>One generated source file.</summary>
public sealed record EmittedFile(string HintName, string Text);

/// <summary>A KDSL id with its message arguments as text; the analyzer gives it the kernel's location.</summary>
public sealed record BackendDiagnostic(string Id, EquatableArray<string> Arguments);
