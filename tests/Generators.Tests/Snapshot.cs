namespace KernelDsl.Generators.Tests;

/// <summary>Compares text with a committed file; KDSL_ACCEPT=1 writes the file instead.</summary>
internal static class Snapshot
{
    private static readonly string _folder = Path.Combine(Repo.Root, "tests", "Generators.Tests", "Snapshots");

    public static void Matches(string name, string actual)
    {
        string path = Path.Combine(_folder, name);
        actual = actual.Replace("\r\n", "\n", StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("KDSL_ACCEPT") == "1")
        {
            File.WriteAllText(path, actual);
            return;
        }
        Assert.True(File.Exists(path), $"no snapshot {name}; accept it with KDSL_ACCEPT=1 dotnet test");
        Assert.Equal(File.ReadAllText(path), actual);
    }

    /// <summary>Files of a kind that no test writes any more.</summary>
    public static IEnumerable<string> Names(string extension) => Directory.GetFiles(_folder, "*" + extension).Select(static f => Path.GetFileName(f));
}
