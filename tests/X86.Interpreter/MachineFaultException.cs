namespace KernelDsl.X86Interpreter;

/// <summary>What a processor, or the caller of the function, would not have accepted.</summary>
public sealed class MachineFaultException(FaultKind kind, string message) : Exception(message)
{
    /// <summary>What went wrong, for tests to tell apart.</summary>
    public FaultKind Kind { get; } = kind;
}
