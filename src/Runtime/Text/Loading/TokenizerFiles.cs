using System.Text.Json;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Runtime.Text.Loading;

/// <summary>Chooses the files of a model folder that define its tokenizer.</summary>
internal static class TokenizerFiles
{
    public static TokenizerDefinition Read(ModelFiles files)
    {
        if (files.Exists("tokenizer.json")) return TokenizerJson.Read(files, "tokenizer.json");
        if (files.Exists("vocab.json")) return LegacyFiles.Read(files);
        throw new TokenizerException(files.Name, "tokenizer.json",
            "not found, and no vocab.json either; a model folder has tokenizer.json, or vocab.json with merges.txt and tokenizer_config.json");
    }

    /// <summary>Parses a JSON file whose root is an object.</summary>
    public static JsonDocument Parse(ModelFiles files, string name)
    {
        string file = files.PathOf(name);
        if (!files.Exists(name)) throw new TokenizerException(file, "$", "not found");
        try
        {
            var document = JsonDocument.Parse(files.ReadAllBytes(name));
            return document.RootElement.ValueKind == JsonValueKind.Object ? document
                : throw new TokenizerException(file, "$", $"is a JSON {document.RootElement.ValueKind}; expected an object");
        }
        catch (JsonException e)
        {
            throw new TokenizerException(file, e.Path ?? "$", $"is not valid JSON: {e.Message}");
        }
    }
}
