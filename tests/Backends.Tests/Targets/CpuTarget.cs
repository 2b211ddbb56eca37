using KernelDsl.Backends.Cpu;
using KernelDsl.Backends.Cpu.Device;
using KernelDsl.Backends.Tests.Harness;
using KernelDsl.Runtime.Backend;

namespace KernelDsl.Backends.Tests.Targets;

/// <summary>The CPU back end with three threads, which is more than some machines have.</summary>
public sealed class CpuTarget : BackendTarget, IKernelTarget
{
    /// <inheritdoc/>
    public override string Name => "cpu";

    /// <inheritdoc/>
    public IReadOnlyList<string> Variants(KernelLaunch launch) =>
        ["", .. CpuKernels.Find(launch.Kernel.Name)!
            .Where(v => v.Constants.All(c => launch.Constants[c.Name] == c.Value))
            .Select(static v => v.Name)];

    /// <inheritdoc/>
    protected override IBackend Open() => new CpuBackend(3);

    /// <inheritdoc/>
    protected override ICompiledKernel Select(ICompiledKernel kernel, string variant) => variant.Length == 0 ? kernel : ((CpuKernel)kernel).Only(variant);

    /// <inheritdoc/>
    protected override long PageElement(PageLayout layout, int pageSize, int heads, int lanes, int position, int head, int lane)
    {
        int padded = Panels.PaddedLanes(lanes);
        var (contraction, output, step) = layout == PageLayout.ContractLanes ? (padded, position, lane) : (pageSize, lane, position);
        return ((long)head * pageSize * padded) + (output / 16 * contraction * 16) + (step / 2 * 32) + (output % 16 * 2) + (step % 2);
    }

    /// <inheritdoc/>
    protected override (long Integer, long Scale) Int8PageBytes(PageLayout layout, int pageSize, int heads, int lanes, int position, int head, int lane)
    {
        int padded = Panels.PaddedLanes(lanes);
        var (contraction, output, step) = layout == PageLayout.ContractLanes ? (padded, position, lane) : (pageSize, lane, position);
        long first = head * ((long)pageSize * (padded + 4));
        return (first + (output / 16 * contraction * 16) + (step * 16) + (output % 16), first + ((long)pageSize * padded) + (position * 4));
    }
}
