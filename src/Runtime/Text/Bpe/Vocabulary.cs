namespace KernelDsl.Runtime.Text.Bpe;

/// <summary>Bytes of every token id, in one block of memory.</summary>
internal sealed class Vocabulary
{
    readonly byte[] _bytes;
    readonly int[] _offsets;

    Vocabulary(byte[] bytes, int[] offsets) => (_bytes, _offsets) = (bytes, offsets);

    /// <summary>Highest id plus one.</summary>
    public int Size => _offsets.Length - 1;

    /// <summary>Bytes of a token; empty for an id that no entry names.</summary>
    public ReadOnlySpan<byte> this[int id] => _bytes.AsSpan(_offsets[id].._offsets[id + 1]);

    public static Vocabulary From(TokenizerDefinition definition)
    {
        var texts = new string?[definition.Size];
        foreach (var (text, id) in definition.Vocabulary) texts[id] = text;
        var added = new bool[texts.Length];
        foreach (var token in definition.AddedTokens) (texts[token.Id], added[token.Id]) = (token.Content, true);

        var offsets = new int[texts.Length + 1];
        var bytes = new byte[definition.Vocabulary.Keys.Max(static t => t.Length)];
        using MemoryStream all = new();
        for (int id = 0; id < texts.Length; id++)
        {
            if (texts[id] is { } text)
            {
                // As in Hugging Face's byte-level decoder, an entry outside the alphabet stands for its own text.
                if (added[id] || !ByteAlphabet.TryDecode(text, bytes)) all.Write(System.Text.Encoding.UTF8.GetBytes(text));
                else all.Write(bytes, 0, text.Length);
            }
            offsets[id + 1] = (int)all.Length;
        }
        return new(all.ToArray(), offsets);
    }
}
