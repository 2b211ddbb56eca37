namespace KernelDsl.Runtime.Text;

/// <summary>What a file format calls the parts of a tokenizer.</summary>
internal sealed record TokenizerFields(string Vocabulary, string Merges, string AddedTokens)
{
    /// <summary>tokenizer.json, and the older files whose parts correspond.</summary>
    public static TokenizerFields Json { get; } = new("model.vocab", "model.merges", "added_tokens");

    /// <summary>The metadata of a GGUF file: added tokens lie among the others.</summary>
    public static TokenizerFields Gguf { get; } = new(Model.GgufTokens.Tokens, Model.GgufTokens.Merges, Model.GgufTokens.Tokens);
}
