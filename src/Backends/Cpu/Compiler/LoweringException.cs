namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>The kernel cannot be lowered: a KDSL id and its message arguments.</summary>
internal sealed class LoweringException(string id, params string[] arguments) : Exception(id)
{
    public string Id { get; } = id;

    public string[] Arguments { get; } = arguments;
}
