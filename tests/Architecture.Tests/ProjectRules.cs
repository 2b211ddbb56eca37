namespace KernelDsl.Architecture.Tests;

/// <summary>Who may reference whom.</summary>
public class ProjectRules
{
    private static readonly Dictionary<string, string[]> _allowed = new()
    {
        ["KernelDsl"] = [],
        ["KernelDsl.Generators"] = [],
        ["Kernels"] = ["KernelDsl"],
        ["Runtime"] = ["KernelDsl", "Kernels"],
        ["Cpu"] = ["KernelDsl", "Runtime"],
        ["Launch"] = ["KernelDsl"],
        ["Cuda"] = ["KernelDsl", "Runtime", "Launch"],
        ["Ptx"] = ["KernelDsl", "Launch"],
        ["Ascend"] = ["KernelDsl", "Runtime"],
        ["Sources"] = ["Ascend"],
        ["Inference"] = ["KernelDsl", "Runtime", "Cpu"],
        ["Server"] = ["KernelDsl", "Kernels", "Runtime", "Inference", "Cpu", "Cuda", "Ascend"],
    };

    public static TheoryData<string> Projects => [.. Repository.Projects.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_References_OnlyWhatItsRoomAllows(string project)
    {
        Assert.True(_allowed.ContainsKey(project), $"src has a project '{project}' that no rule knows: decide whom it may reference and add it here");
        Assert.Empty(Repository.ProjectReferences(Repository.Projects[project]).Except(_allowed[project]));
    }

    [Fact]
    public void Ilgpu_IsReferencedByThePtxToolOnly() =>
        Assert.All(
            Repository.Projects.Where(static p => Repository.Packages(p.Value).Any(static n => n.StartsWith("ILGPU", StringComparison.Ordinal))),
            static p => Assert.Equal("Ptx", p.Key));

    [Fact]
    public void Roslyn_IsReferencedByTheGeneratorsOnly() =>
        Assert.All(
            Repository.Projects.Where(static p => Repository.Packages(p.Value).Any(static n => n.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal))),
            static p => Assert.Equal("KernelDsl.Generators", p.Key));

    [Fact]
    public void EveryPackage_IsPinnedToOneVersion()
    {
        var versions = System.Xml.Linq.XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion");
        Assert.All(versions, static v => Assert.Matches(@"^\[[^,\]]+\]$", v.Attribute("Version")!.Value));
    }
}
