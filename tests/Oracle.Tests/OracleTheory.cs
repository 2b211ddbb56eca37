using KernelDsl.Backends.Tests.Harness;
using Xunit.Sdk;

namespace KernelDsl.Oracle.Tests;

/// <summary>A <see cref="TargetTheoryAttribute"/> that is skipped as a whole, with the reason, where libtorch does not load.</summary>
[XunitTestCaseDiscoverer("KernelDsl.Backends.Tests.Harness.TargetTheoryDiscoverer", "Backends.Tests")]
[AttributeUsage(AttributeTargets.Method)]
public sealed class OracleTheoryAttribute : TheoryAttribute
{
    /// <inheritdoc/>
    public override string? Skip { get => TorchNative.Missing; set => throw new NotSupportedException(); }
}

