using System.Text.Json;
using KernelDsl.Model.Tests.Gguf;
using KernelDsl.Runtime.Model;
using KernelDsl.Runtime.Text;
using KernelDsl.Runtime.Text.Templates.Values;
using Xunit.Abstractions;

namespace KernelDsl.Tests.Text;

/// <summary>Tokenizers in the metadata of GGUF files, good and broken.</summary>
public class GgufTokenizerTests(ITestOutputHelper output)
{
    /// <summary>The mini tokenizer's metadata, then two rows of padding, as a converter writes them now and as it did before 2024.</summary>
    static Dictionary<string, object?> Good()
    {
        var (tokens, types, merges) = Lists(MiniTokenizer.Definition());
        return new()
        {
            ["tokenizer.ggml.model"] = "gpt2",
            ["tokenizer.ggml.pre"] = "qwen2",
            ["tokenizer.ggml.add_bos_token"] = false,
            ["tokenizer.ggml.tokens"] = (string[])[.. tokens, $"[PAD{tokens.Length}]", $"[PAD{tokens.Length + 1}]"],
            ["tokenizer.ggml.token_type"] = (int[])[.. types, 5, 4],
            ["tokenizer.ggml.merges"] = merges,
            ["tokenizer.ggml.eos_token_id"] = (uint)MiniTokenizer.Definition().AddedTokens[0].Id,
            ["tokenizer.chat_template"] = "{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}",
        };
    }

    static (string[] Tokens, int[] Types, string[] Merges) Lists(TokenizerDefinition definition)
    {
        var tokens = new string[definition.Size];
        var types = new int[definition.Size];
        foreach (var (text, id) in definition.Vocabulary) (tokens[id], types[id]) = (text, 1);
        foreach (var token in definition.AddedTokens) (tokens[token.Id], types[token.Id]) = (token.Content, token.Special ? 3 : 4);
        return (tokens, types, [.. definition.Merges.Select(m => $"{m.Left} {m.Right}")]);
    }

    static T Read<T>(Func<GgufMetadata, T> read, params (string Key, object? Value)[] changes)
    {
        var pairs = Good();
        foreach (var (key, value) in changes) pairs[key] = value;
        GgufWriter writer = new();
        foreach (var (key, value) in pairs)
            if (value is not null) writer.Add(key, value);
        using var file = writer.ToFiles().Open();
        return read(file.Metadata);
    }

    static T[] Changed<T>(string key, int index, T value)
    {
        var array = (T[])((T[])Good()[key]!).Clone();
        array[index] = value;
        return array;
    }

    [Fact]
    public void Load_GoodMetadata_EncodesLikeTheDefinition()
    {
        var (expected, actual) = (MiniTokenizer.Create(), Read(GgufTokenizer.Load));
        Assert.Equal(expected.AddedTokens, actual.AddedTokens);
        Assert.Equal(expected.VocabularySize, actual.VocabularySize);
        Assert.Empty(actual.SelfCheck());
        foreach (string text in TextGenerator.Samples(300))
        {
            Assert.Equal(expected.Encode(text), actual.Encode(text));
            Assert.Equal(expected.Decode(expected.Encode(text)), actual.Decode(actual.Encode(text)));
        }
    }

    [Fact]
    public void Load_ByteTokens_AreEntriesOfTheVocabulary() =>
        Assert.Equal(MiniTokenizer.Create().Encode("cab aa"),
            Read(GgufTokenizer.Load, ("tokenizer.ggml.token_type", Changed("tokenizer.ggml.token_type", 'a', 6))).Encode("cab aa"));

    [Fact]
    public void Load_RealVocabularyAsGguf_AgreesWithTokenizerJson()
    {
        if (SharedData.Find("data/qwen2-tokenizer", output) is not { } folder || SharedData.Qwen(output) is not { } expected) return;
        var (tokens, types, merges) = Lists(Runtime.Text.Loading.TokenizerFiles.Read(new FolderFiles(folder)));
        var actual = Read(GgufTokenizer.Load, ("tokenizer.ggml.tokens", tokens), ("tokenizer.ggml.token_type", types), ("tokenizer.ggml.merges", merges));
        Assert.Equal(expected.VocabularySize, actual.VocabularySize);
        Assert.Equal(expected.AddedTokens.OrderBy(t => t.Id), actual.AddedTokens);
        foreach (string text in TextGenerator.Samples(500)) Assert.Equal(expected.Encode(text), actual.Encode(text));
    }

    [Fact]
    public void LoadTemplate_KnowsTheSpecialTokens()
    {
        var template = Read(GgufTokenizer.LoadTemplate)!;
        using var json = JsonDocument.Parse("""{"role":"user","content":"hi"}""");
        Assert.Equal("hi<end>", template.Render([Value.From(json.RootElement)]));
        Assert.Null(Read(GgufTokenizer.LoadTemplate, ("tokenizer.chat_template", null)));
        Assert.Null(Read(GgufTokenizer.LoadTemplate, ("tokenizer.chat_template", "")));
        Assert.NotNull(Read(GgufTokenizer.LoadTemplate, ("tokenizer.ggml.tokens", null)));
    }

    [Fact]
    public void LoadTemplate_ThatDoesNotParse_NamesTheKey()
    {
        var error = Assert.Throws<TokenizerException>(() => Read(GgufTokenizer.LoadTemplate, ("tokenizer.chat_template", "{% for %}")));
        Assert.Equal((MemoryFiles.File, "tokenizer.chat_template"), (error.File, error.Field));
    }

    public static TheoryData<string, string, object?, string> Broken => new()
    {
        { "tokenizer.ggml.model", "tokenizer.ggml.model", "llama", "is llama; supported: gpt2" },
        { "tokenizer.ggml.model", "tokenizer.ggml.model", null, "is absent; supported: gpt2" },
        { "tokenizer.ggml.pre", "tokenizer.ggml.pre", "llama-bpe", "is llama-bpe; supported: qwen2" },
        { "tokenizer.ggml.add_bos_token", "tokenizer.ggml.add_bos_token", true, "is true; supported: false" },
        { "tokenizer.ggml.tokens", "tokenizer.ggml.tokens", null, "is missing; expected an array of strings" },
        { "tokenizer.ggml.token_type", "tokenizer.ggml.token_type", null, "is missing; expected an array of integers" },
        { "tokenizer.ggml.token_type", "tokenizer.ggml.token_type", new[] { 1, 1 }, "has 2 entries; tokenizer.ggml.tokens has" },
        { "tokenizer.ggml.token_type[3]", "tokenizer.ggml.token_type", Changed("tokenizer.ggml.token_type", 3, 2), "is 2; supported: 1 (normal), 3" },
        { "tokenizer.ggml.tokens[98]", "tokenizer.ggml.tokens", Changed("tokenizer.ggml.tokens", 98, "a"), "'a' is there twice, also as 97" },
        { "tokenizer.ggml.tokens", "tokenizer.ggml.token_type", Changed("tokenizer.ggml.token_type", 98, 5), "no entry for byte 0x62" },
        { "tokenizer.ggml.merges", "tokenizer.ggml.merges", null, "is missing" },
        { "tokenizer.ggml.merges[0]", "tokenizer.ggml.merges", new[] { "a a a" }, "'a a a' has 3 parts; a merge joins two" },
        { "tokenizer.ggml.merges[1]", "tokenizer.ggml.merges", new[] { "a a", "a q" }, "needs 'aq', which is not in the vocabulary" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Load_BrokenKey_NamesFileKeyAndValue(string field, string key, object? value, string message)
    {
        var error = Assert.Throws<TokenizerException>(() => Read(GgufTokenizer.Load, (key, value)));
        Assert.Equal((MemoryFiles.File, field), (error.File, error.Field));
        Assert.Contains(message, error.Message);
    }

    [Theory]
    [InlineData("tokenizer.ggml.tokens", 3)]
    [InlineData("tokenizer.ggml.model", 3)]
    [InlineData("tokenizer.ggml.add_bos_token", "no")]
    public void Load_ValueOfTheWrongType_IsRefusedByTheMetadata(string key, object value) =>
        Assert.StartsWith($"{MemoryFiles.File}: {key} is ", Assert.ThrowsAny<ModelException>(() => Read(GgufTokenizer.Load, (key, value))).Message, StringComparison.Ordinal);

    [Fact]
    public void Load_EmptyAddedToken_NamesTheTokens()
    {
        int end = MiniTokenizer.Definition().AddedTokens[0].Id;
        var error = Assert.Throws<TokenizerException>(() => Read(GgufTokenizer.Load, ("tokenizer.ggml.tokens", Changed("tokenizer.ggml.tokens", end, ""))));
        Assert.Equal("tokenizer.ggml.tokens", error.Field);
    }
}
