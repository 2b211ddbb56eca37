using KernelDsl.Backends.Tests.Harness;

namespace KernelDsl.Backends.Tests.Targets;

/// <summary>The reference with other block sizes: proves the cases themselves, and that a schedule cannot change a result.</summary>
public sealed class ReferenceTarget : IKernelTarget
{
    /// <inheritdoc/>
    public string Name => "reference";

    /// <inheritdoc/>
    public string? Refusal(KernelInfo kernel) => null;

    /// <inheritdoc/>
    public void Run(KernelLaunch launch, string variant) =>
        Suite.Cases.Values.First(c => c.Kernel.Name == launch.Kernel.Name).RunReference(launch, BlockSizes.Other);
}
