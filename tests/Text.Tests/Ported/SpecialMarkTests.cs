using KernelDsl.Runtime.Text;

namespace KernelDsl.Tests.Text.Ported;

/// <summary>
/// vLLM's tests/reasoning/test_reasoning_parser_text_special_token.py: where a tokenizer calls the end of thoughts special, a reader of the answer must still find it. vLLM puts
/// it back into the text; here it never goes away.
/// </summary>
public class SpecialMarkTests
{
    static Tokenizer WithMarks(bool special)
    {
        var definition = MiniTokenizer.Definition();
        int next = definition.Vocabulary.Count + definition.AddedTokens.Count;
        return new(definition with { AddedTokens = [.. definition.AddedTokens, new(next, "</think>", special)] });
    }

    [Theory]
    [InlineData(true, "body</think>answer<end>", "body</think>answer")]
    [InlineData(false, "body</think>answer<end>", "body</think>answer")]
    [InlineData(true, "no thoughts<end>", "no thoughts")]
    public void Mark_SpecialOrNot_StaysInTheText(bool special, string text, string shown)
    {
        var tokenizer = WithMarks(special);
        var ids = tokenizer.Encode(text);
        Assert.Equal(shown, tokenizer.Decode(ids));
        var stream = new TokenStream(tokenizer);
        Assert.Equal(shown, string.Concat(ids.Select(stream.Append)) + stream.Flush());
    }
}
