using Kernels;

namespace KernelDsl.Backends.Tests.Harness;

/// <summary>Every kernel of the suite.</summary>
public static class KernelList
{
    /// <summary>By name.</summary>
    public static IReadOnlyList<KernelInfo> All { get; } = [.. KernelCatalog.All];
}
