using System.Text;
using KernelDsl.Runtime.Text;
using Xunit.Abstractions;

namespace KernelDsl.Tests.Text;

public class TokenStreamTests(ITestOutputHelper output)
{
    [Fact]
    public void Append_PiecesJoined_EqualDecode()
    {
        Random random = new(11);
        foreach (var tokenizer in SharedData.Qwen(output) is { } qwen ? (Tokenizer[])[MiniTokenizer.Create(), qwen] : [MiniTokenizer.Create()])
            for (int i = 0; i < 2000; i++)
            {
                // Ids of real text, cut anywhere, and ids of no text at all.
                var ids = i % 2 == 0 ? tokenizer.Encode(TextGenerator.Text(random, 8)) : [.. Enumerable.Range(0, 12).Select(_ => random.Next(tokenizer.VocabularySize))];
                ids = ids[random.Next(Math.Min(2, ids.Count))..];
                foreach (bool skip in (bool[])[true, false])
                {
                    TokenStream stream = new(tokenizer, skip);
                    StringBuilder text = new();
                    foreach (int id in ids)
                    {
                        string piece = stream.Append(id);
                        Assert.False(piece.Length > 0 && (char.IsLowSurrogate(piece[0]) || char.IsHighSurrogate(piece[^1])));
                        text.Append(piece);
                    }
                    Assert.Equal(tokenizer.Decode(ids, skip), text.Append(stream.Flush()).ToString());
                }
            }
    }

    [Fact]
    public void Append_CharacterInParts_WaitsForTheLast()
    {
        TokenStream stream = new(MiniTokenizer.Create());
        Assert.Equal(["", "", "", "😀"], ((int[])[0xF0, 0x9F, 0x98, 0x80]).Select(stream.Append));
        Assert.Equal("", stream.Flush());
    }

    [Fact]
    public void Append_InvalidBytes_ReplacesThemAsSoonAsTheyAreKnown()
    {
        TokenStream stream = new(MiniTokenizer.Create());
        Assert.Equal(["\uFFFD", "", "\uFFFDa", ""], ((int[])[0xFF, 0xE4, 'a', 0xC3]).Select(stream.Append));
        Assert.Equal("\uFFFD", stream.Flush());
    }
}
