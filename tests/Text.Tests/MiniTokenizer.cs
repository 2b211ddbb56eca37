using KernelDsl.Runtime.Text;
using KernelDsl.Runtime.Text.Bpe;

namespace KernelDsl.Tests.Text;

/// <summary>A tokenizer of the 256 bytes, some merges and two added tokens, made in memory.</summary>
static class MiniTokenizer
{
    public static TokenizerDefinition Definition()
    {
        Dictionary<string, int> vocabulary = [];
        for (int b = 0; b < 256; b++) vocabulary.Add(ByteAlphabet.ToChar((byte)b).ToString(), b);
        (string, string)[] merges =
        [
            ("a", "a"), ("a", "b"), ("aa", "a"), ("aa", "aa"), ("b", "a"), ("ab", "ab"), ("Ġ", "a"), ("c", "ab"), ("aaaa", "aaaa"), ("aaa", "ab"), ("b", "b"),
        ];
        foreach (var (left, right) in merges) vocabulary.TryAdd(left + right, vocabulary.Count);
        int next = vocabulary.Count;
        return new("mini/tokenizer.json", vocabulary, [.. merges], [new(next, "<end>", true), new(next + 1, "<think>", false)], Nfc: true);
    }

    public static Tokenizer Create() => new(Definition());
}
