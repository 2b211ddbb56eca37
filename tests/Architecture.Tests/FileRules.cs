using System.Text.RegularExpressions;

namespace KernelDsl.Architecture.Tests;

/// <summary>What holds for every file.</summary>
public partial class FileRules
{
    private const int LongestFile = 500;

    [Fact]
    public void SourceFiles_HaveAtMost500Lines()
    {
        var tooLong = new[] { "src", "tests" }.SelectMany(static d => Repository.Files(d, "*.cs").Concat(Repository.Files(d, "*.h")))
            .Select(static f => (Name: Repository.Name(f), Lines: File.ReadLines(f).Count())).Where(static f => f.Lines > LongestFile);
        Assert.Empty(tooLong);
    }

    [Fact]
    public void NoFile_NamesThisMachineOrARegistry()
    {
        var text = new[] { "src", "tests", "docs", "tools", ".ci" }.SelectMany(static d => Repository.Files(d, "*"))
            .Concat(Directory.GetFiles(Repository.Root))
            .Where(static f => Path.GetExtension(f) is ".cs" or ".csproj" or ".props" or ".targets" or ".md" or ".json" or ".sh" or ".h" or ".cpp" or ".sln" or "" or ".mjs" or ".js")
            .Where(static f => new FileInfo(f).Length < 1 << 20 && !Repository.Name(f).StartsWith(".git/", StringComparison.Ordinal));
        var found = text.Where(static f => Machine().IsMatch(File.ReadAllText(f)) && Path.GetFileName(f) != "FileRules.cs").Select(Repository.Name);
        Assert.Empty(found);
    }

    [Fact]
    public void Shared_Data_IsNotCommitted() =>
        Assert.Empty(Repository.Files("tests", "*").Concat(Repository.Files("src", "*")).Where(static f => Path.GetExtension(f) is ".jinja" or ".jsonl" or ".safetensors").Select(Repository.Name));

    [GeneratedRegex(@"(?<![\w])/work/|(?<![\w])/root/|api\.nuget\.org|registry\.npmjs\.org|deb\.debian\.org")]
    private static partial Regex Machine();
}
