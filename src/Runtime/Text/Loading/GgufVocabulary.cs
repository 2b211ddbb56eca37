using KernelDsl.Runtime.Model;

namespace KernelDsl.Runtime.Text.Loading;

/// <summary>Reads the tokenizer in the metadata of a GGUF file that describes a Qwen2 style tokenizer and refuses any other, key by key.</summary>
internal static class GgufVocabulary
{
    // Kinds of tokens; llama.cpp has 2 (unknown) and 0 (undefined) too, which byte-level BPE has no use for.
    const int Normal = 1, Control = 3, UserDefined = 4, Unused = 5, Byte = 6;

    const string AddBegin = "tokenizer.ggml.add_bos_token";

    public static TokenizerDefinition Read(GgufMetadata metadata)
    {
        Require(metadata, GgufTokens.Model, "gpt2");
        Require(metadata, GgufTokens.Pre, "qwen2");
        if (metadata.Bool(AddBegin, false)) throw new TokenizerException(metadata.File, AddBegin, "is true; supported: false, as Qwen2's tokenizer has it");

        var tokens = metadata.Strings(GgufTokens.Tokens) ?? throw Missing(metadata, GgufTokens.Tokens, "an array of strings");
        var types = metadata.Ints(GgufTokens.Types, 0, Byte) ?? throw Missing(metadata, GgufTokens.Types, "an array of integers, one per token");
        if (types.Count != tokens.Count)
            throw new TokenizerException(metadata.File, GgufTokens.Types, $"has {types.Count} entries; {GgufTokens.Tokens} has {tokens.Count}");

        Dictionary<string, int> vocabulary = new(tokens.Count);
        List<AddedToken> added = [];
        for (int id = 0; id < tokens.Count; id++)
        {
            string token = tokens[id];
            // Converters of before 2024 marked the rows that only pad the embedding as user-defined.
            if (types[id] == Unused || types[id] == UserDefined && token == $"[PAD{id}]") continue;
            if (types[id] is Control or UserDefined) added.Add(new(id, token, Special: types[id] == Control));
            else if (types[id] is not (Normal or Byte))
                throw new TokenizerException(metadata.File, $"{GgufTokens.Types}[{id}]", $"is {types[id]}; supported: 1 (normal), 3 (control), 4 (user defined), 5 (unused), 6 (byte)");
            else if (!vocabulary.TryAdd(token, id))
                throw new TokenizerException(metadata.File, $"{GgufTokens.Tokens}[{id}]", $"'{token}' is there twice, also as {vocabulary[token]}; an entry has one id");
        }

        var merges = metadata.Strings(GgufTokens.Merges) ?? throw Missing(metadata, GgufTokens.Merges, "an array of strings");
        // The file does not say how text is normalised; NFC is part of the tokenizer that "qwen2" stands for.
        return new(metadata.File, vocabulary, [.. merges.Select((m, rank) => Merge(metadata, m, rank))], added, Nfc: true) { Fields = TokenizerFields.Gguf };
    }

    static (string, string) Merge(GgufMetadata metadata, string merge, int rank)
    {
        string[] parts = merge.Split(' ');
        return parts.Length == 2 ? (parts[0], parts[1])
            : throw new TokenizerException(metadata.File, $"{GgufTokens.Merges}[{rank}]", $"'{merge}' has {parts.Length} parts; a merge joins two");
    }

    static void Require(GgufMetadata metadata, string key, string allowed)
    {
        if (metadata.String(key) is var actual && actual != allowed)
            throw new TokenizerException(metadata.File, key, $"is {actual ?? "absent"}; supported: {allowed}");
    }

    static TokenizerException Missing(GgufMetadata metadata, string key, string expected) => new(metadata.File, key, $"is missing; expected {expected}");
}
