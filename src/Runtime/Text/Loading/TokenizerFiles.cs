using System.Text.Json;

namespace KernelDsl.Runtime.Text.Loading;

/// <summary>Chooses the files of a model folder that define its tokenizer.</summary>
internal static class TokenizerFiles
{
    public static TokenizerDefinition Read(string folder)
    {
        string file = Path.Combine(folder, "tokenizer.json");
        if (File.Exists(file)) return TokenizerJson.Read(file);
        if (File.Exists(Path.Combine(folder, "vocab.json"))) return LegacyFiles.Read(folder);
        throw new TokenizerException(folder, "tokenizer.json",
            "not found, and no vocab.json either; a model folder has tokenizer.json, or vocab.json with merges.txt and tokenizer_config.json");
    }

    /// <summary>Parses a JSON file whose root is an object.</summary>
    public static JsonDocument Parse(string file)
    {
        try
        {
            var document = JsonDocument.Parse(File.ReadAllBytes(file));
            return document.RootElement.ValueKind == JsonValueKind.Object ? document
                : throw new TokenizerException(file, "$", $"is a JSON {document.RootElement.ValueKind}; expected an object");
        }
        catch (JsonException e)
        {
            throw new TokenizerException(file, e.Path ?? "$", $"is not valid JSON: {e.Message}");
        }
        catch (FileNotFoundException)
        {
            throw new TokenizerException(file, "$", "not found");
        }
    }
}
