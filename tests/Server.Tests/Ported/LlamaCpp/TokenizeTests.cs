using System.Text.Json;

namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>The cases of llama.cpp's tools/server/tests/unit/test_tokenize.py, on MindIE's /v1/tokenizer; an echoed prompt of ids is what /detokenize is there.</summary>
public class TokenizeTests(DemoServer demo) : IClassFixture<DemoServer>
{
    [Theory]
    [InlineData("What is the capital of France ?")]
    [InlineData("This is a test string with unicode 媽 and emoji 🤗")]
    public async Task Ids_OfAText_SpellIt(string text)
    {
        int[] ids = [.. (await TokensAsync(text, decode: false)).Select(id => id.GetInt32())];
        Assert.True(ids.Length > 5);
        var body = await demo.AskAsync("/v1/completions", $$"""{"prompt":[{{string.Join(',', ids)}}],"echo":true,"max_tokens":0}""");
        Assert.Equal(text, body.GetProperty("choices")[0].GetProperty("text").GetString());
    }

    /// <summary>llama.cpp gives the bytes of a piece that is half a character; MindIE's form has texts only, so it is U+FFFD.</summary>
    [Fact]
    public async Task Pieces_AreAsManyAsIds_AndNoneIsEmpty()
    {
        const string text = "This is a test string with unicode 媽 and emoji 🤗";
        string[] pieces = [.. (await TokensAsync(text, decode: true)).Select(piece => piece.GetString()!)];
        Assert.DoesNotContain("", pieces);
        Assert.Equal((await TokensAsync(text, decode: false)).Length, pieces.Length);
        Assert.StartsWith("This is a test string with unicode ", string.Concat(pieces), StringComparison.Ordinal);
    }

    async Task<JsonElement[]> TokensAsync(string text, bool decode)
    {
        var body = await demo.AskAsync("/v1/tokenizer", JsonSerializer.Serialize(new { inputs = text, do_decode = decode }));
        JsonElement[] tokens = [.. body.GetProperty("tokens").EnumerateArray()];
        Assert.Equal(tokens.Length, body.GetProperty("token_number").GetInt32());
        return tokens;
    }
}
