using System.Text.Json;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Tools.Peers.ToGguf;

/// <summary>
/// The tokenizer's part of a GGUF file: the byte-level vocabulary as the files spell it, its merges, and what each token is. Without
/// tokenizer files the model takes token ids only, which is all a benchmark needs.
/// </summary>
static class Vocabulary
{
    // Kinds of tokens as the format numbers them.
    private const int Normal = 1, Control = 3, UserDefined = 4, Unused = 5;

    /// <summary>Adds the pairs.</summary>
    /// <exception cref="ModelException">A file is malformed, or the vocabulary is larger than the model's.</exception>
    public static void Describe(GgufWriter writer, ModelFiles files, Qwen2Config config)
    {
        string? source = files.Exists("tokenizer.json") ? "tokenizer.json" : files.Exists("vocab.json") ? "vocab.json" : null;
        if (source == null)
        {
            writer.Add("tokenizer.ggml.model", "none");
            return;
        }

        // Ids without a token pad the embedding's table.
        var tokens = Enumerable.Range(0, config.VocabularySize).Select(static i => $"[PAD{i}]").ToArray();
        var kinds = Enumerable.Repeat(Unused, tokens.Length).ToArray();
        string[] merges;
        try
        {
            merges = source == "tokenizer.json" ? ReadFast(files, Place) : ReadSlow(files, Place);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ModelException(files.PathOf(source), $"is not a tokenizer that this converter reads: {e.Message}", e);
        }

        writer.Add("tokenizer.ggml.model", "gpt2");
        writer.Add("tokenizer.ggml.pre", "qwen2");
        writer.Add("tokenizer.ggml.tokens", tokens);
        writer.Add("tokenizer.ggml.token_type", kinds);
        writer.Add("tokenizer.ggml.merges", merges);
        writer.Add("tokenizer.ggml.add_bos_token", false);
        if (config.StopTokens is [var end, ..])
            writer.Add("tokenizer.ggml.eos_token_id", end);
        // Qwen's configurations name <|endoftext|> as the beginning, and never use it as one.
        if (Array.IndexOf(tokens, "<|endoftext|>") is >= 0 and var begin)
            writer.Add("tokenizer.ggml.bos_token_id", begin);

        void Place(int id, string text, int kind)
        {
            if (id >= tokens.Length)
                throw new ModelException(files.PathOf(source), $"token {id} lies outside the model's vocabulary of {tokens.Length}");
            (tokens[id], kinds[id]) = (text, kind);
        }
    }

    // tokenizer.json of transformers' fast tokenizers; a merge is "a b" in older files, ["a", "b"] in newer ones.
    private static string[] ReadFast(ModelFiles files, Action<int, string, int> place)
    {
        using var json = JsonDocument.Parse(files.ReadAllBytes("tokenizer.json"));
        var model = json.RootElement.GetProperty("model");
        PlaceAll(model.GetProperty("vocab"), place);
        foreach (var token in json.RootElement.GetProperty("added_tokens").EnumerateArray())
            PlaceAdded(token.GetProperty("id").GetInt32(), token, place);
        return [.. model.GetProperty("merges").EnumerateArray().Select(static m => m.ValueKind == JsonValueKind.String ? m.GetString()! : $"{m[0].GetString()} {m[1].GetString()}")];
    }

    // vocab.json, merges.txt and tokenizer_config.json of the slow ones.
    private static string[] ReadSlow(ModelFiles files, Action<int, string, int> place)
    {
        using var vocabulary = JsonDocument.Parse(files.ReadAllBytes("vocab.json"));
        PlaceAll(vocabulary.RootElement, place);
        using var config = JsonDocument.Parse(files.ReadAllBytes("tokenizer_config.json"));
        foreach (var token in config.RootElement.GetProperty("added_tokens_decoder").EnumerateObject())
            PlaceAdded(int.Parse(token.Name), token.Value, place);

        using var reader = new StreamReader(files.OpenRead("merges.txt"));
        return [.. reader.ReadToEnd().Split('\n').Select(static l => l.TrimEnd('\r')).Where(static (l, i) => l.Length > 0 && !(i == 0 && l.StartsWith("#version", StringComparison.Ordinal)))];
    }

    private static void PlaceAll(JsonElement vocabulary, Action<int, string, int> place)
    {
        foreach (var token in vocabulary.EnumerateObject())
            place(token.Value.GetInt32(), token.Name, Normal);
    }

    private static void PlaceAdded(int id, JsonElement token, Action<int, string, int> place) =>
        place(id, token.GetProperty("content").GetString()!, token.GetProperty("special").GetBoolean() ? Control : UserDefined);
}
