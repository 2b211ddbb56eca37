using Xunit.Abstractions;
using Xunit.Sdk;

namespace KernelDsl.Backends.Tests.Harness;

/// <summary>
/// A theory whose first argument names a target and whose further arguments may name cases or kernels: rows that the target cannot run
/// are reported as skipped, with the target's own reason.
/// </summary>
[XunitTestCaseDiscoverer("KernelDsl.Backends.Tests.Harness.TargetTheoryDiscoverer", "Backends.Tests")]
[AttributeUsage(AttributeTargets.Method)]
public sealed class TargetTheoryAttribute : TheoryAttribute;

/// <summary>Turns rows that cannot run into skipped test cases.</summary>
public sealed class TargetTheoryDiscoverer(IMessageSink diagnostics) : TheoryDiscoverer(diagnostics)
{
    /// <inheritdoc/>
    protected override IEnumerable<IXunitTestCase> CreateTestCasesForDataRow(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo theoryAttribute, object[] dataRow)
    {
        var target = Suite.Targets[(string)dataRow[0]];
        string? reason = dataRow.Skip(1).OfType<string>().SelectMany(KernelsOf).Select(k => Suite.SkipReason(target, k)).FirstOrDefault(static r => r is not null);
        return reason is null
            ? base.CreateTestCasesForDataRow(discoveryOptions, testMethod, theoryAttribute, dataRow)
            : CreateTestCasesForSkippedDataRow(discoveryOptions, testMethod, theoryAttribute, dataRow, reason);
    }

    private static IEnumerable<KernelInfo> KernelsOf(string name) =>
        Suite.Cases.TryGetValue(name, out var kernelCase) ? [kernelCase.Kernel] : KernelList.All.Where(k => k.Name == name);
}
