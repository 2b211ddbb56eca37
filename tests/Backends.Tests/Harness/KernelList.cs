using KernelDsl.Backends.Tests.NewKernels;
using Kernels;

namespace KernelDsl.Backends.Tests.Harness;

/// <summary>Every kernel of the suite: the product's and the new ones.</summary>
public static class KernelList
{
    /// <summary>By name.</summary>
    public static IReadOnlyList<KernelInfo> All { get; } = [.. KernelCatalog.All, .. NewKernelCases.Kernels];
}
