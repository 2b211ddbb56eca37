using System.Text.Json.Nodes;
using KernelDsl.Runtime.Text;
using KernelDsl.Runtime.Text.Unicode;

namespace KernelDsl.Tests.Text;

/// <summary>Tokenizer files, good and broken, written from the mini tokenizer.</summary>
public sealed class TokenizerFileTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("kdsl-text").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static JsonObject Good()
    {
        var definition = MiniTokenizer.Definition();
        return new()
        {
            ["added_tokens"] = new JsonArray([.. definition.AddedTokens.Select(t => new JsonObject { ["id"] = t.Id, ["content"] = t.Content, ["special"] = t.Special })]),
            ["normalizer"] = new JsonObject { ["type"] = "NFC" },
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = QwenPreTokenizer.Pattern }, ["behavior"] = "Isolated", ["invert"] = false },
                    new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = false }),
            },
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = new JsonObject(definition.Vocabulary.Select(v => KeyValuePair.Create(v.Key, (JsonNode?)v.Value))),
                ["merges"] = new JsonArray([.. definition.Merges.Select(m => (JsonNode)$"{m.Left} {m.Right}")]),
            },
        };
    }

    Tokenizer Load(Action<JsonObject> change)
    {
        var json = Good();
        change(json);
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), json.ToJsonString());
        return Tokenizer.Load(_folder);
    }

    [Fact]
    public void Load_GoodFile_EncodesLikeTheDefinition()
    {
        var tokenizer = Load(_ => { });
        foreach (string text in TextGenerator.Samples(200)) Assert.Equal(MiniTokenizer.Create().Encode(text), tokenizer.Encode(text));
    }

    [Fact]
    public void Load_MergesAsPairs_AreTheSame()
    {
        var tokenizer = Load(j => j["model"]!["merges"] = new JsonArray([.. MiniTokenizer.Definition().Merges.Select(m => new JsonArray(m.Left, m.Right))]));
        Assert.Equal(MiniTokenizer.Create().Encode("aaaabab cab"), tokenizer.Encode("aaaabab cab"));
    }

    public static TheoryData<string, Action<JsonObject>, string> Broken => new()
    {
        { "normalizer.type", j => j["normalizer"]!["type"] = "NFKC", "NFKC" },
        { "pre_tokenizer.pretokenizers[0].pattern.Regex", j => j["pre_tokenizer"]!["pretokenizers"]![0]!["pattern"]!["Regex"] = @"\w+", @"\w+" },
        { "pre_tokenizer.pretokenizers", j => j["pre_tokenizer"]!["pretokenizers"] = new JsonArray(), "0 steps" },
        { "post_processor.type", j => j["post_processor"] = new JsonObject { ["type"] = "TemplateProcessing" }, "TemplateProcessing" },
        { "decoder.type", j => j.Remove("decoder"), "absent" },
        { "model.type", j => j["model"]!["type"] = "WordPiece", "WordPiece" },
        { "model.byte_fallback", j => j["model"]!["byte_fallback"] = true, "true" },
        { "model.vocab", j => j["model"]!["vocab"] = 3, "Number" },
        { "model.vocab", j => ((JsonObject)j["model"]!["vocab"]!).Remove("Ġ"), "0x20" },
        { "model.vocab", j => j["model"]!["vocab"]!["aa"] = 1, "belongs to both" },
        { "model.vocab", j => j["model"]!["vocab"]!["aa"] = -4, "-4" },
        { "model.vocab.aa", j => j["model"]!["vocab"]!["aa"] = "x", "an integer" },
        { "model.merges[0]", j => j["model"]!["merges"]![0] = "a", "1 parts" },
        { "model.merges[0]", j => j["model"]!["merges"]![0] = "a q", "'aq'" },
        { "added_tokens", j => j["added_tokens"]![0]!["content"] = "", "empty" },
        { "added_tokens", j => j["added_tokens"]![0]!["id"] = 65, "belongs to both" },
        { "added_tokens[1].lstrip", j => j["added_tokens"]![1]!["lstrip"] = true, "true" },
        { "added_tokens[0].id", j => j["added_tokens"]![0]!["id"] = "x", "an integer" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Load_BrokenField_NamesFileFieldAndValue(string field, Action<JsonObject> change, string value)
    {
        var error = Assert.Throws<TokenizerException>(() => Load(change));
        Assert.Equal(field, error.Field);
        Assert.EndsWith("tokenizer.json", error.File);
        Assert.Contains(value, error.Message);
    }

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("[]", "expected an object")]
    public void Load_NotAJsonObject_SaysSo(string content, string message)
    {
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), content);
        Assert.Contains(message, Assert.Throws<TokenizerException>(() => Tokenizer.Load(_folder)).Message);
    }

    [Fact]
    public void Load_EmptyFolder_SaysWhatBelongsThere() =>
        Assert.Contains("vocab.json", Assert.Throws<TokenizerException>(() => Tokenizer.Load(_folder)).Message);

    [Fact]
    public void Load_VocabWithoutMerges_NamesTheMissingFile()
    {
        File.WriteAllText(Path.Combine(_folder, "vocab.json"), "{}");
        File.WriteAllText(Path.Combine(_folder, "tokenizer_config.json"), """{"tokenizer_class":"Qwen2Tokenizer","added_tokens_decoder":{}}""");
        Assert.EndsWith("merges.txt", Assert.Throws<TokenizerException>(() => Tokenizer.Load(_folder)).File);
    }
}
