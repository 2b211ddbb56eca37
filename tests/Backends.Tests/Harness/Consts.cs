namespace KernelDsl.Backends.Tests.Harness;

/// <summary>Values of [Const] parameters.</summary>
public static class Consts
{
    /// <summary>For kernels that have none.</summary>
    public static IReadOnlyDictionary<string, int> None { get; } = new Dictionary<string, int>();

    /// <summary>Head lanes.</summary>
    public static IReadOnlyDictionary<string, int> D(int lanes) => new Dictionary<string, int> { ["D"] = lanes };

    /// <summary>Head lanes, and query heads per KV head.</summary>
    public static IReadOnlyDictionary<string, int> DG(int lanes, int group) => new Dictionary<string, int> { ["D"] = lanes, ["G"] = group };
}
