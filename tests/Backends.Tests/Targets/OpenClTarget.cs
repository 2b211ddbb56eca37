using KernelDsl.Backends.Tests.Harness;
using KernelDsl.Backends.Tests.Ilgpu;

namespace KernelDsl.Backends.Tests.Targets;

/// <summary>
/// The kernels generated for CUDA, compiled by ILGPU for OpenCL instead of PTX and launched by the same launch entries: proves indexing,
/// arithmetic and where barriers stand; races and the PTX itself need a GPU.
/// </summary>
public sealed class OpenClTarget : IKernelTarget
{
    private static readonly Lazy<(IlgpuDevice? Device, string Reason)> _device = new(static () => (IlgpuDevice.OpenCl(out string reason), reason));

    /// <inheritdoc/>
    public string Name => "opencl";

    /// <inheritdoc/>
    public string? Unavailable => _device.Value.Device is null ? _device.Value.Reason : null;

    /// <inheritdoc/>
    public string? Refusal(KernelInfo kernel) => IlgpuDevice.Entries.Any(e => e.Kernel == kernel.Name) ? null
        : $"KDSL0140: {kernel.Name} is not lowered for Cuda yet; the build says why";

    /// <inheritdoc/>
    public IReadOnlyList<string> Variants(KernelLaunch launch) => [.. IlgpuDevice.Entries
        .Where(e => e.Kernel == launch.Kernel.Name && e.Constants.All(c => launch.Constants[c.Name] == c.Value)).Select(static e => e.Function)];

    /// <inheritdoc/>
    public void Run(KernelLaunch launch, string variant) =>
        _device.Value.Device!.Run(IlgpuDevice.Entries.First(e => e.Function == variant), [.. launch.Args.Select(IlgpuArguments.Of)]);
}
