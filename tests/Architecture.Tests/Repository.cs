using System.Reflection;
using System.Xml.Linq;

namespace KernelDsl.Architecture.Tests;

/// <summary>The repository as files: what the rules read.</summary>
internal static class Repository
{
    /// <summary>Its root folder.</summary>
    public static string Root { get; } = typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(static a => a.Key == "RepoRoot").Value!;

    /// <summary>Project files under src, by name.</summary>
    public static IReadOnlyDictionary<string, string> Projects { get; } = Files("src", "*.csproj").ToDictionary(static f => Path.GetFileNameWithoutExtension(f));

    /// <summary>Files under a folder of the repository, build output and installed packages left out.</summary>
    public static IEnumerable<string> Files(string folder, string pattern) => !Directory.Exists(Path.Combine(Root, folder)) ? []
        : Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Where(static f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
                && !f.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
                && !f.Contains($"{Path.DirectorySeparatorChar}node_modules{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    /// <summary>A path as the repository names it.</summary>
    public static string Name(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    /// <summary>Names of the projects that a project references at run time (analyzers and build tools are not).</summary>
    public static IEnumerable<string> ProjectReferences(string project) => XDocument.Load(project).Descendants("ProjectReference")
        .Where(static r => (string?)r.Attribute("ReferenceOutputAssembly") != "false")
        .Select(static r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));

    /// <summary>Packages that a project references.</summary>
    public static IEnumerable<string> Packages(string project) => XDocument.Load(project).Descendants("PackageReference").Select(static r => r.Attribute("Include")!.Value);
}
