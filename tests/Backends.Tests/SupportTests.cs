using System.Reflection;
using KernelDsl.Backends.Tests.Harness;
using Xunit.Abstractions;

namespace KernelDsl.Backends.Tests;

/// <summary>Which kernels each target supports is written down in Supported/, so that support cannot shrink unseen.</summary>
public sealed class SupportTests(ITestOutputHelper output)
{
    public static TheoryData<string> Targets => [.. Suite.Targets.Keys];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Support_OfATarget_IsAsWrittenDown(string target)
    {
        var subject = Suite.Targets[target];
        if (subject.Unavailable is { } missing)
        {
            output.WriteLine($"skipped: {missing}");
            return;
        }

        var refusals = KernelList.All.ToDictionary(static k => k.Name, subject.Refusal);
        foreach (var (kernel, refusal) in refusals)
            output.WriteLine($"{kernel}: {refusal ?? "supported"}");

        string[] supported = [.. refusals.Where(static r => r.Value is null).Select(static r => r.Key).Order(StringComparer.Ordinal)];
        string root = typeof(SupportTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(static a => a.Key == "RepoRoot").Value!;
        Assert.Equal(File.ReadAllLines(Path.Combine(root, "tests", "Backends.Tests", "Supported", target + ".txt")), supported);
        Assert.All(refusals.Values.OfType<string>(), static r => Assert.Contains("KDSL", r));
    }
}
