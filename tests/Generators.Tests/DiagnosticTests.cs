using System.Text.RegularExpressions;
using KernelDsl.Generators.Diagnostics;

namespace KernelDsl.Generators.Tests;

/// <summary>docs/diagnostics.md is the test data: each id's bad code gives that id, its good code gives no KDSL diagnostic at all.</summary>
public partial class DiagnosticTests
{
    private static readonly IReadOnlyDictionary<string, string> _sections = Sections();

    public static TheoryData<string> IdsWithCode => [.. _sections.Where(static s => s.Value.Contains("```csharp bad", StringComparison.Ordinal)).Select(static s => s.Key)];

    [Fact]
    public void EveryId_HasAHeading_WithItsMessage()
    {
        foreach (var descriptor in Descriptors.All)
            Assert.Contains(descriptor.MessageFormat.ToString(), _sections[descriptor.Id], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(IdsWithCode))]
    public async Task BadCode_OfAnId_GivesIt(string id)
    {
        var found = await KernelCompilation.Analyze(KernelCompilation.Create(("bad.cs", CodeOf(id, "bad"))), "None");
        Assert.Contains(found, d => d.Id == id);
        Assert.All(found, static d => Assert.True(d.Location.IsInSource, "a diagnostic has a place"));
        Assert.All(found, d => Assert.True(d.Id == id || d.Severity < Microsoft.CodeAnalysis.DiagnosticSeverity.Error, d.ToString()));
    }

    [Theory]
    [MemberData(nameof(IdsWithCode))]
    public async Task GoodCode_OfAnId_GivesNone(string id)
    {
        var compilation = KernelCompilation.Create(("good.cs", CodeOf(id, "good")));
        Assert.DoesNotContain(compilation.GetDiagnostics(), static d => d.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error);
        Assert.Empty(await KernelCompilation.Analyze(compilation, "None"));
    }

    private static string CodeOf(string id, string kind) => $"static class Sample\n{{\n{CodeBlock(kind).Match(_sections[id]).Groups[1].Value}\n}}\n";

    private static Regex CodeBlock(string kind) => kind == "bad" ? BadBlock() : GoodBlock();

    private static Dictionary<string, string> Sections() => Headings().Split(File.ReadAllText(Path.Combine(Repo.Root, "docs", "diagnostics.md")))
        .Skip(1).Select(static s => (Id: s[..8], Text: s)).ToDictionary(static s => s.Id, static s => s.Text);

    [GeneratedRegex(@"^## (?=KDSL\d{4})", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex("```csharp bad\n(.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex BadBlock();

    [GeneratedRegex("```csharp good\n(.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex GoodBlock();
}
