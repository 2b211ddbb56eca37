using KernelDsl.Generators.Backend;
using KernelDsl.Generators.Model;

namespace KernelDsl.Generators.Backends.Ascend;

/// <summary>Ends the compilation of a kernel with a diagnostic: what cannot be lowered is refused, never guessed.</summary>
internal sealed class NotLowered(string id, params string[] arguments) : Exception(id)
{
    /// <summary>The diagnostic to report.</summary>
    public BackendDiagnostic Diagnostic { get; } = new(id, arguments.ToEquatable());

    /// <summary>KDSL0140: a construct that this back end does not lower yet.</summary>
    public static NotLowered Construct(string kernel, string construct) => new("KDSL0140", kernel, construct, AscendCompiler.Name);

    /// <summary>KDSL0120: a memory that the variant overflows.</summary>
    public static NotLowered Overflow(Ir.Kernel kernel, string memory, int needed, int available) => new(
        "KDSL0120", kernel.Name, memory, Kib(needed), Kib(available), string.Join(", ", kernel.Constants.Select(static c => $"{c.Name} = {c.Value}")));

    private static string Kib(int bytes) => ((bytes + 1023) / 1024).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
