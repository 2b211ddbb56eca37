using KernelDsl.Runtime.Model;
using KernelDsl.Runtime.Text.Loading;
using KernelDsl.Runtime.Text.Templates;

namespace KernelDsl.Runtime.Text;

/// <summary>The tokenizer and the chat template that a GGUF file carries in its metadata.</summary>
public static class GgufTokenizer
{
    /// <summary>The tokenizer.</summary>
    /// <exception cref="TokenizerException">A key is missing, or asks for something this tokenizer does not do.</exception>
    /// <exception cref="ModelException">A value has the wrong type or is out of range.</exception>
    public static Tokenizer Load(GgufMetadata metadata) => new(GgufVocabulary.Read(metadata));

    /// <summary>The chat template with the texts of the file's special tokens; null where the file has none.</summary>
    /// <exception cref="TokenizerException">The template does not parse.</exception>
    /// <exception cref="ModelException">A value has the wrong type or is out of range.</exception>
    public static ChatTemplate? LoadTemplate(GgufMetadata metadata)
    {
        if (metadata.String(GgufTokens.ChatTemplate) is not { Length: > 0 } source) return null;
        try
        {
            return ChatTemplate.Parse(source, SpecialTokens(metadata));
        }
        catch (TemplateException e)
        {
            throw new TokenizerException(metadata.File, GgufTokens.ChatTemplate, e.Message);
        }
    }

    static Dictionary<string, string> SpecialTokens(GgufMetadata metadata)
    {
        Dictionary<string, string> texts = [];
        if (metadata.Strings(GgufTokens.Tokens) is not { Count: > 0 } tokens) return texts;
        foreach (var (name, key) in (ReadOnlySpan<(string, string)>)
            [("bos_token", GgufTokens.BeginOfText), ("eos_token", GgufTokens.EndOfText), ("pad_token", GgufTokens.Padding)])
            if (metadata.Has(key)) texts.Add(name, tokens[metadata.Int(key, 0, tokens.Count - 1)]);
        return texts;
    }
}
