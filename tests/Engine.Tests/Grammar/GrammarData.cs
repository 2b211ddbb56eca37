using System.Reflection;
using System.Text;
using System.Text.Json;
using KernelDsl.Runtime.Grammar;
using KernelDsl.Runtime.Grammar.Automaton;
using Xunit.Abstractions;

namespace EngineTests.Grammar;

/// <summary>Cases beside the repository (absent on a plain clone), and short ways to ask a grammar.</summary>
static class GrammarData
{
    static readonly string s_root = typeof(GrammarData).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "RepoRoot").Value!;

    public static IReadOnlyList<JsonElement> Rows(string file, ITestOutputHelper output)
    {
        var path = Path.GetFullPath(Path.Combine(s_root, "..", "shared", "data", "json-schema", file));
        if (File.Exists(path))
            return [.. File.ReadLines(path).Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement)];
        output.WriteLine($"skipped: {path} is not there");
        return [];
    }

    public static RuleSet Schema(string schema) => Grammars.OfSchema(JsonDocument.Parse(schema).RootElement);

    public static bool Accepts(this RuleSet rules, string text) => new Machine(rules).Accepts(Encoding.UTF8.GetBytes(text));

    public static IEnumerable<string> Texts(this JsonElement row, string name) => row.GetProperty(name).EnumerateArray().Select(text => text.GetString()!);
}
