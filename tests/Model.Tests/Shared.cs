using System.Reflection;

namespace KernelDsl.Model.Tests;

/// <summary>Folders that tests read.</summary>
static class Shared
{
    /// <summary>The repository.</summary>
    public static string Root { get; } = typeof(Shared).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(static a => a.Key == "RepoRoot").Value!;

    /// <summary>A folder of the data beside the repository, or null where it is absent.</summary>
    public static string? Data(string folder)
    {
        var path = Path.Combine(Root, "..", "shared", "data", folder);
        return Directory.Exists(path) ? path : null;
    }
}

/// <summary>A folder that is gone after the test.</summary>
sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("kdsl-model-").FullName;

    public string Write(string file, string text)
    {
        var path = System.IO.Path.Combine(Path, file);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
