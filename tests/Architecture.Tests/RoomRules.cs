using System.Text.RegularExpressions;

namespace KernelDsl.Architecture.Tests;

/// <summary>Inside a project, a folder is a room: which other rooms its files may name.</summary>
public partial class RoomRules
{
    private const string Generators = "KernelDsl.Generators.";

    /// <summary>Folder, then the generator namespaces it may use besides its own.</summary>
    public static TheoryData<string, string[]> GeneratorRooms => new()
    {
        { "src/KernelDsl.Generators/Model", ["Ir"] },
        { "src/KernelDsl.Generators/Ir", ["Model"] },
        { "src/KernelDsl.Generators/Passes", ["Ir", "Model"] },
        { "src/KernelDsl.Generators/Frontend", ["Ir", "Model"] },
        { "src/KernelDsl.Generators/Backend", ["Ir", "Model"] },
        { "src/KernelDsl.Generators/Emit", ["Ir", "Model", "Backend"] },
        { "src/KernelDsl.Generators/Diagnostics", [] },
        { "src/Backends/Cpu/Compiler", ["Ir", "Model", "Passes", "Backend", "Emit", "Backends.Cpu"] },
        { "src/Backends/ILGPU/Compiler", ["Ir", "Model", "Passes", "Backend", "Emit", "Backends.Ilgpu"] },
        { "src/Backends/Ascend/Compiler", ["Ir", "Model", "Passes", "Backend", "Emit", "Backends.Ascend"] },
    };

    /// <summary>Folder, then namespaces that must not be named in it.</summary>
    public static TheoryData<string, string[]> RuntimeRooms => new()
    {
        { "src/Runtime/Engine", ["KernelDsl.Backends", "KernelDsl.Runtime.Graph"] },
        { "src/Runtime/Graph", ["KernelDsl.Backends", "KernelDsl.Runtime.Model", "KernelDsl.Runtime.Engine"] },
        { "src/Runtime/Backend", ["KernelDsl.Backends", "KernelDsl.Runtime.Model", "KernelDsl.Runtime.Engine", "KernelDsl.Runtime.Graph"] },
        { "src/Runtime/Memory", ["KernelDsl.Backends", "KernelDsl.Runtime.Model", "KernelDsl.Runtime.Engine"] },
        { "src/Runtime/Text", ["KernelDsl.Backends", "KernelDsl.Runtime.Engine", "KernelDsl.Runtime.Graph"] },
    };

    [Theory]
    [MemberData(nameof(GeneratorRooms))]
    public void GeneratorRoom_UsesOnlyItsNeighbours(string folder, string[] neighbours)
    {
        string own = folder.Contains("Backends", StringComparison.Ordinal) ? "" : folder.Split('/').Last();
        foreach (var (file, used) in Usings(folder).Where(static u => u.Namespace.StartsWith(Generators, StringComparison.Ordinal)))
        {
            string room = used[Generators.Length..];
            Assert.True(room == own || neighbours.Contains(room), $"{file} uses {used}; {folder} may use {string.Join(", ", neighbours)}");
        }
    }

    [Theory]
    [MemberData(nameof(RuntimeRooms))]
    public void RuntimeRoom_DoesNotNameWhatLiesAboveIt(string folder, string[] forbidden)
    {
        foreach (var (file, used) in Usings(folder))
            Assert.DoesNotContain(forbidden, f => used == f || used.StartsWith(f + ".", StringComparison.Ordinal) ? throw new Xunit.Sdk.XunitException($"{file} uses {used}") : false);
    }

    [Fact]
    public void Roslyn_StaysOutOfIrAndPasses()
    {
        foreach (string folder in (string[])["src/KernelDsl.Generators/Ir", "src/KernelDsl.Generators/Passes", "src/KernelDsl.Generators/Backend"])
            Assert.DoesNotContain(Usings(folder), static u => u.Namespace.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal));
    }

    [Fact]
    public void Kernels_AreWrittenInOneFolderOnly()
    {
        var elsewhere = Repository.Files("src", "*.cs").Where(static f => KernelAttribute().IsMatch(File.ReadAllText(f)))
            .Select(Repository.Name).Where(static f => !f.StartsWith("src/Kernels/", StringComparison.Ordinal));
        Assert.Empty(elsewhere);
    }

    private static IEnumerable<(string File, string Namespace)> Usings(string folder) =>
        from file in Repository.Files(folder, "*.cs")
        from Match match in Using().Matches(File.ReadAllText(file))
        select (Repository.Name(file), match.Groups[1].Value);

    [GeneratedRegex(@"^\s*(?:global )?using (?:static )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"^\s*\[Kernel\]", RegexOptions.Multiline)]
    private static partial Regex KernelAttribute();
}
