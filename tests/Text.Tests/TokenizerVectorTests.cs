using System.Text.Json;
using KernelDsl.Runtime.Text;
using Xunit.Abstractions;

namespace KernelDsl.Tests.Text;

/// <summary>Published and engine-made vectors: every row of every file of tokenizer-vectors and of the demo model's goldens.</summary>
public class TokenizerVectorTests(ITestOutputHelper output)
{
    [Fact]
    public void Encode_EveryVector_GivesItsIdsAndDecodesBack()
    {
        if (SharedData.Find("data/tokenizer-vectors", output) is not { } folder || SharedData.Qwen(output) is not { } tokenizer) return;
        Check(tokenizer, Directory.EnumerateFiles(folder, "*.jsonl", SearchOption.AllDirectories).Order());
    }

    [Fact]
    public void Encode_DemoModelGoldens_GivesItsIdsAndDecodesBack()
    {
        if (SharedData.Find("demo-model", output) is not { } folder) return;
        Check(Tokenizer.Load(Path.Combine(folder, "model")), [Path.Combine(folder, "golden", "tokenizer.jsonl")]);
    }

    [Fact]
    public void Encode_LegacyFiles_AgreeWithTokenizerJson()
    {
        if (SharedData.Find("data/qwen2-tokenizer", output) is not { } folder || SharedData.Qwen(output) is not { } tokenizer) return;
        var legacy = new Tokenizer(Runtime.Text.Loading.LegacyFiles.Read(new Runtime.Model.FolderFiles(folder)));
        Assert.Equal(tokenizer.VocabularySize, legacy.VocabularySize);
        Assert.Equal(tokenizer.AddedTokens, legacy.AddedTokens);
        foreach (string text in TextGenerator.Samples(300)) Assert.Equal(tokenizer.Encode(text), legacy.Encode(text));
    }

    void Check(Tokenizer tokenizer, IEnumerable<string> files)
    {
        List<string> failures = [];
        foreach (string file in files)
        {
            int rows = 0;
            foreach (var row in SharedData.Rows(file))
            {
                rows++;
                string text = row.GetProperty("text").GetString()!;
                bool special = !row.TryGetProperty("parse_special", out var flag) || flag.GetBoolean();
                int[] ids = [.. tokenizer.Encode(text, special)];
                // Engines differ on characters newer than their Unicode tables: agreeing with either is right.
                bool equal = ids.AsSpan().SequenceEqual(row.Ids())
                    || row.TryGetProperty("agree", out var agree) && !agree.GetBoolean() && ids.AsSpan().SequenceEqual(row.Ids("hfjs"));
                if (!equal) failures.Add($"{Path.GetFileName(file)} {rows}: {JsonSerializer.Serialize(text)} gives {string.Join(',', ids)}, expected {row.GetProperty("ids")}");

                string decoded = row.TryGetProperty("decoded", out var d) ? d.GetString()! : text;
                if (tokenizer.Decode(row.Ids(), skipSpecial: false) is var back && back != decoded && !IsComposed(text, back))
                    failures.Add($"{Path.GetFileName(file)} {rows}: decodes to {JsonSerializer.Serialize(back)}, expected {JsonSerializer.Serialize(decoded)}");
            }
            Assert.NotEqual(0, rows);
            output.WriteLine($"{Path.GetFileName(file)}: {rows} rows");
        }
        Assert.True(failures.Count == 0, $"{failures.Count} rows fail\n{string.Join('\n', failures.Take(20))}");
    }

    /// <summary>Rows without <c>decoded</c> in which a combining mark follows a special token: what comes back is the NFC text.</summary>
    static bool IsComposed(string text, string back) => back == Runtime.Text.Unicode.Nfc.Normalize(text);
}
