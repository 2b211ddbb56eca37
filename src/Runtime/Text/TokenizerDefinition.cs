namespace KernelDsl.Runtime.Text;

/// <summary>What the files of a tokenizer say, checked: the vocabulary in the byte alphabet, merges in rank order, added tokens, normaliser.</summary>
internal sealed record TokenizerDefinition(
    string File,
    Dictionary<string, int> Vocabulary,
    List<(string Left, string Right)> Merges,
    IReadOnlyList<AddedToken> AddedTokens,
    bool Nfc)
{
    /// <summary>What the file calls the parts; messages name them.</summary>
    public TokenizerFields Fields { get; init; } = TokenizerFields.Json;

    /// <summary>Highest id plus one.</summary>
    public int Size => 1 + Vocabulary.Values.Concat(AddedTokens.Select(t => t.Id)).Max();

    const int MaxSize = 1 << 22;

    /// <summary>Refuses what encoding or decoding would later trip over.</summary>
    public TokenizerDefinition Validate()
    {
        Dictionary<int, string> owners = new(Vocabulary.Count);
        foreach (var (text, id) in Vocabulary) Claim(text, id, Fields.Vocabulary);
        foreach (var token in AddedTokens)
        {
            if (token.Content.Length == 0) throw Error(Fields.AddedTokens, $"token {token.Id} has an empty content; give it a text or remove it");
            if (owners.GetValueOrDefault(token.Id) != token.Content) Claim(token.Content, token.Id, Fields.AddedTokens);
        }
        if (AddedTokens.GroupBy(t => t.Content).FirstOrDefault(g => g.Select(t => t.Id).Distinct().Count() > 1) is { } twice)
            throw Error(Fields.AddedTokens, $"'{twice.Key}' has several ids: {string.Join(", ", twice.Select(t => t.Id))}; a text has one id");
        for (int b = 0; b < 256; b++)
            if (!Vocabulary.ContainsKey(Bpe.ByteAlphabet.ToChar((byte)b).ToString()))
                throw Error(Fields.Vocabulary, $"no entry for byte 0x{b:X2} ('{Bpe.ByteAlphabet.ToChar((byte)b)}'); a byte-level vocabulary has all 256");
        var spelt = Vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        var joined = new char[2 * Vocabulary.Keys.Max(static t => t.Length)];
        for (int rank = 0; rank < Merges.Count; rank++)
        {
            var (left, right) = Merges[rank];
            if (Vocabulary.ContainsKey(left) && Vocabulary.ContainsKey(right) && joined.AsSpan().TryWrite($"{left}{right}", out int length) && spelt.ContainsKey(joined.AsSpan(0, length)))
                continue;
            foreach (string part in (ReadOnlySpan<string>)[left, right, left + right])
                if (!Vocabulary.ContainsKey(part))
                    throw Error($"{Fields.Merges}[{rank}]", $"'{left}' + '{right}' needs '{part}', which is not in the vocabulary");
        }
        return this;

        void Claim(string text, int id, string field)
        {
            if (id is < 0 or >= MaxSize) throw Error(field, $"'{text}' has id {id}; allowed are 0 to {MaxSize - 1}");
            if (!owners.TryAdd(id, text)) throw Error(field, $"id {id} belongs to both '{owners[id]}' and '{text}'; ids are unique");
        }
    }

    TokenizerException Error(string field, string message) => new(File, field, message);
}
