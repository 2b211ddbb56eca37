using System.Diagnostics;
using System.Text;
using KernelDsl.Runtime.Text.Bpe;
using Microsoft.ML.Tokenizers;
using Xunit.Abstractions;
using Tokenizer = KernelDsl.Runtime.Text.Tokenizer;

namespace KernelDsl.Tests.Text;

public class TokenizerTests(ITestOutputHelper output)
{
    [Fact]
    public void Decode_OfEncode_IsTheNormalizedText()
    {
        foreach (var tokenizer in Tokenizers())
            foreach (string text in TextGenerator.Samples(1500))
                foreach (bool special in (bool[])[true, false])
                    Assert.Equal(Normalized(tokenizer, text, special), tokenizer.Decode(tokenizer.Encode(text, special), skipSpecial: false));
    }

    [Fact]
    public void Encode_LongPreToken_EqualsTheLibrary()
    {
        var definition = MiniTokenizer.Definition();
        MergeTable merges = new(definition);
        var library = BpeTokenizer.Create(new BpeOptions(definition.Vocabulary) { Merges = definition.Merges.Select(m => $"{m.Left} {m.Right}"), ByteLevel = true });
        Random random = new(5);
        for (int i = 0; i < 3000; i++)
        {
            string text = new([.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => "aaabbcé "[random.Next(8)])]);
            List<int> ids = [];
            merges.Encode(Encoding.UTF8.GetBytes(text), ids);
            Assert.Equal(library.EncodeToIds(text, considerPreTokenization: false), ids);
        }
    }

    [Fact]
    public void Encode_LongPreTokenOfTheRealVocabulary_EqualsTheLibrary()
    {
        if (SharedData.Find("data/qwen2-tokenizer", output) is not { } folder) return;
        var definition = Runtime.Text.Loading.TokenizerFiles.Read(new Runtime.Model.FolderFiles(folder));
        MergeTable merges = new(definition);
        var library = BpeTokenizer.Create(new BpeOptions(definition.Vocabulary) { Merges = definition.Merges.Select(m => $"{m.Left} {m.Right}"), ByteLevel = true });
        foreach (string text in TextGenerator.Samples(1500))
        {
            List<int> ids = [];
            merges.Encode(Encoding.UTF8.GetBytes(text), ids);
            Assert.Equal(library.EncodeToIds(text, considerPreTokenization: false), ids);
        }
    }

    [Fact]
    public void Encode_MegabyteWithoutABreak_RoundTrips()
    {
        foreach (var tokenizer in Tokenizers())
            foreach (string text in (string[])[new('a', 1 << 20), new(' ', 1 << 16), string.Concat(Enumerable.Repeat("北京", 1 << 14))])
                Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void Encode_AddedTokens_AreIdsOnlyWhenAllowed()
    {
        var tokenizer = MiniTokenizer.Create();
        int end = tokenizer.FindAddedToken("<end>")!.Id;
        Assert.Equal([(int)'c', end, end], tokenizer.Encode("c<end><end>"));
        Assert.DoesNotContain(end, tokenizer.Encode("c<end>", allowSpecial: false));
    }

    [Fact]
    public void Encode_MarkAfterAnAddedToken_DoesNotMergeIntoIt()
    {
        var tokenizer = MiniTokenizer.Create();
        Assert.Equal([tokenizer.FindAddedToken("<end>")!.Id, 0xCC, 0xB8], tokenizer.Encode("<end>\u0338"));
    }

    [Fact]
    public void Decode_SkippingSpecial_KeepsAddedTokensThatAreNotSpecial()
    {
        var tokenizer = MiniTokenizer.Create();
        var ids = tokenizer.Encode("<think>a<end>");
        Assert.Equal("<think>a", tokenizer.Decode(ids));
        Assert.Equal("<think>a<end>", tokenizer.Decode(ids, skipSpecial: false));
    }

    [Fact]
    public void Decode_IllFormedBytesAndUnknownIds_GivesReplacementCharactersAndNothing()
    {
        var tokenizer = MiniTokenizer.Create();
        Assert.Equal("\uFFFDa\uFFFD", tokenizer.Decode([0xE4, 'a', 0xFF, 99_999, -1]));
        Assert.Equal("\uFFFD", tokenizer.Decode(tokenizer.Encode("\uD800")));
    }

    [Fact]
    public void VocabularySize_IsTheHighestIdPlusOne()
    {
        var tokenizer = MiniTokenizer.Create();
        Assert.Equal(tokenizer.AddedTokens.Max(t => t.Id) + 1, tokenizer.VocabularySize);
        if (SharedData.Qwen(output) is { } qwen) Assert.Equal(151_669, qwen.VocabularySize);
    }

    [Fact]
    public void SelfCheck_GoodFiles_FindsNothing()
    {
        foreach (var tokenizer in Tokenizers()) Assert.Empty(tokenizer.SelfCheck());
    }

    [Fact]
    public void SelfCheck_TokenThatCannotBeReached_NamesIt()
    {
        var definition = MiniTokenizer.Definition();
        // The normalised text never holds U+212B, so this token is never found.
        Tokenizer tokenizer = new(definition with { AddedTokens = [.. definition.AddedTokens, new(1000, "<\u212B>", true, Normalized: true)] });
        Assert.Contains("<\u212B>", Assert.Single(tokenizer.SelfCheck()));
    }

    [Fact]
    public void Encode_Gsm8kLikeProse_ReportsItsSpeed()
    {
        if (SharedData.Qwen(output) is not { } tokenizer) return;
        string text = string.Concat(Enumerable.Range(0, 4000).Select(i => $"Natalia sold {i} clips to {i % 7} of her friends, and then she sold half as many clips in May. "));
        tokenizer.Encode(text);
        long start = Stopwatch.GetTimestamp();
        int count = tokenizer.Encode(text).Count;
        output.WriteLine($"{count} tokens, {text.Length / 1e6 / Stopwatch.GetElapsedTime(start).TotalSeconds:F1} MB/s");
        Assert.True(count > 4000);
    }

    IEnumerable<Tokenizer> Tokenizers() => SharedData.Qwen(output) is { } qwen ? [MiniTokenizer.Create(), qwen] : [MiniTokenizer.Create()];

    /// <summary>What decoding must return: the text between added tokens in NFC.</summary>
    static string Normalized(Tokenizer tokenizer, string text, bool special)
    {
        if (!special) return Runtime.Text.Unicode.Nfc.Normalize(text);
        string pattern = string.Join('|', tokenizer.AddedTokens.Select(t => System.Text.RegularExpressions.Regex.Escape(t.Content)));
        return string.Concat(System.Text.RegularExpressions.Regex.Split(text, $"({pattern})").Select(
            p => tokenizer.FindAddedToken(p) is null ? Runtime.Text.Unicode.Nfc.Normalize(p) : p));
    }
}
