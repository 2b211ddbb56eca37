namespace KernelDsl;

/// <summary>What running a kernel as plain C# finds wrong with the kernel or its arguments; starts with the KDSL id where there is one.</summary>
public sealed class KernelException(string message) : Exception(message);
