using System.Reflection;
using System.Text.Json;
using KernelDsl.Runtime.Text;

namespace KernelDsl.Tests.Text;

/// <summary>The folder of test data beside the repository; absent on a plain clone.</summary>
static class SharedData
{
    static readonly string Root = Path.Combine(
        typeof(SharedData).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepoRoot").Value!, "..", "shared");

    /// <summary>A file or folder in it; null, and the reason on the output, when it is not there.</summary>
    public static string? Find(string path, Xunit.Abstractions.ITestOutputHelper output)
    {
        string full = Path.GetFullPath(Path.Combine([Root, .. path.Split('/')]));
        if (Path.Exists(full)) return full;
        output.WriteLine($"skipped: {full} is not there");
        return null;
    }

    public static IEnumerable<JsonElement> Rows(string file) =>
        File.ReadLines(file).Where(l => l.Length > 0).Select(l => JsonDocument.Parse(l).RootElement);

    /// <summary>The real Qwen2 tokenizer (151,669 tokens), loaded once.</summary>
    public static Tokenizer? Qwen(Xunit.Abstractions.ITestOutputHelper output) =>
        Find("data/qwen2-tokenizer", output) is { } folder ? (s_qwen ??= Tokenizer.Load(folder)) : null;

    public static int[] Ids(this JsonElement row, string name = "ids") => [.. row.GetProperty(name).EnumerateArray().Select(i => i.GetInt32())];

    static Tokenizer? s_qwen;
}
