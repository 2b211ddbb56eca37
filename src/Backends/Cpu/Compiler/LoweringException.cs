using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>The kernel cannot be lowered: a KDSL id and its message arguments.</summary>
internal sealed class LoweringException(string id, params string[] arguments) : Exception
{
    private const string NotLoweredId = "KDSL0140";

    /// <summary>The kernel language has it, this back end does not.</summary>
    public static LoweringException NotLowered(string what) => new(NotLoweredId, what);

    /// <summary>As the back end reports it.</summary>
    public Backend.BackendDiagnostic ToDiagnostic(Kernel kernel, string target) =>
        new(id, (id == NotLoweredId ? [kernel.Name, arguments[0], target] : arguments).ToEquatable());
}
