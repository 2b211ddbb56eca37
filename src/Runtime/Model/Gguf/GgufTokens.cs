namespace KernelDsl.Runtime.Model;

/// <summary>Keys of a GGUF file's tokenizer.</summary>
public static class GgufTokens
{
    /// <summary>The kind of tokenizer; gpt2 is byte-level BPE.</summary>
    public const string Model = "tokenizer.ggml.model";

    /// <summary>How text is cut before BPE.</summary>
    public const string Pre = "tokenizer.ggml.pre";

    /// <summary>Token texts by id.</summary>
    public const string Tokens = "tokenizer.ggml.tokens";

    /// <summary>Kinds of tokens by id.</summary>
    public const string Types = "tokenizer.ggml.token_type";

    /// <summary>Pairs to join, best first, with a space between.</summary>
    public const string Merges = "tokenizer.ggml.merges";

    /// <summary>The token that ends a text.</summary>
    public const string EndOfText = "tokenizer.ggml.eos_token_id";

    /// <summary>The token that ends a turn.</summary>
    public const string EndOfTurn = "tokenizer.ggml.eot_token_id";

    /// <summary>The token that ends a message.</summary>
    public const string EndOfMessage = "tokenizer.ggml.eom_token_id";

    /// <summary>The token that begins a text.</summary>
    public const string BeginOfText = "tokenizer.ggml.bos_token_id";

    /// <summary>The padding token.</summary>
    public const string Padding = "tokenizer.ggml.padding_token_id";

    /// <summary>The conversation's template, in Jinja.</summary>
    public const string ChatTemplate = "tokenizer.chat_template";
}
