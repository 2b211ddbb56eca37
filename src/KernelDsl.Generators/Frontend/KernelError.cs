using Microsoft.CodeAnalysis;

namespace KernelDsl.Generators.Frontend;

/// <summary>A KDSL id with its message arguments and place. Only the analyzer looks at the place.</summary>
internal sealed record Finding(string Id, Location? Location, params string[] Arguments);

/// <summary>Ends the tracing of a kernel at its first error.</summary>
internal sealed class KernelError(Finding finding) : Exception(finding.Id)
{
    public KernelError(string id, Location? location, params string[] arguments)
        : this(new Finding(id, location, arguments))
    {
    }

    public Finding Finding => finding;
}
