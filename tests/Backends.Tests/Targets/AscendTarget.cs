extern alias NewKernels;

using System.Text;
using KernelDsl.Backends.Ascend;
using KernelDsl.Backends.Tests.Ascend;
using KernelDsl.Backends.Tests.Harness;

namespace KernelDsl.Backends.Tests.Targets;

/// <summary>The emitted AscendC, run by a functional model of the device: agrees with our reading of the API, never run on an NPU.</summary>
public sealed unsafe class AscendTarget : IKernelTarget
{
    private const int Cores = 3;

    /// <summary>What was emitted: the product's kernels and the tests' own.</summary>
    internal static IReadOnlyList<AscendVariant> Emitted { get; } = [.. AscendKernels.Variants, .. NewKernels::KernelDsl.Backends.Ascend.AscendKernels.Variants];

    // All kernels in one translation unit: the headers are read once.
    private static readonly Lazy<HostModel> _model = new(static () =>
        HostModel.Compile(string.Concat(Emitted.Select(static v => Encoding.UTF8.GetString(v.Source)))));

    /// <inheritdoc/>
    public string Name => "ascend";

    /// <inheritdoc/>
    public string? Unavailable => HostModel.Unavailable;

    /// <inheritdoc/>
    public string? Refusal(KernelInfo kernel) => Emitted.Any(v => v.Kernel == kernel.Name) ? null
        : $"KDSL0140: {kernel.Name} is not lowered for Ascend yet; the build says why";

    /// <inheritdoc/>
    public IReadOnlyList<string> Variants(KernelLaunch launch) =>
        [.. Emitted.Where(v => v.Kernel == launch.Kernel.Name && v.Constants.All(c => c.IsBlock || launch.Constants[c.Name] == c.Value)).Select(static v => v.Entry)];

    /// <inheritdoc/>
    public void Run(KernelLaunch launch, string variant)
    {
        using var memory = new DeviceMemory(launch);
        int programs = Emitted.First(v => v.Entry == variant).Programs(memory.Span);
        string? failure = _model.Value.Launch(variant, memory.Arguments, Math.Min(programs, Cores), memory.Ranges);
        Assert.True(failure is null, $"{variant}: {failure}");
        memory.ReadBack();
    }
}
