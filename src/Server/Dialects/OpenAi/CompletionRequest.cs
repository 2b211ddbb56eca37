using System.Text.Json;
using Kdsl.Serving;

namespace Kdsl.Dialects.OpenAi;

/// <summary>A body of POST /v1/completions.</summary>
/// <param name="Prompts">Token ids of each prompt.</param>
/// <param name="Echo">The answer starts with the prompt.</param>
/// <param name="TopLogProbs">Alternatives to report per token; null: no log probabilities.</param>
/// <param name="Format">What the answer must look like; null: any text.</param>
sealed record CompletionRequest(IReadOnlyList<int[]> Prompts, bool Echo, int? TopLogProbs, OutputFormat? Format, GenerationParameters Parameters)
{
    /// <summary>The API's default for this route.</summary>
    const int DefaultMaxTokens = 16;

    /// <summary>Most sequences of one request: prompts times n.</summary>
    const int MaxSequences = 256;

    /// <summary>Reads the body.</summary>
    /// <exception cref="ApiException">Something in it is wrong; the error names it.</exception>
    public static CompletionRequest Parse(JsonElement body, ITextModel model)
    {
        var fields = JsonFields.Request(body);
        var parameters = GenerationParameters.Parse(fields, model);
        if (fields.Text("suffix") is { Length: > 0 })
            throw ApiException.Unsupported("suffix", "'suffix' is not supported by this server.");
        if (fields.Integer("best_of") is { } best && best != parameters.Choices)
            throw ApiException.Unsupported("best_of", $"'best_of' is {best}; this server supports only the value of 'n' ({parameters.Choices}).");

        return new(
            [.. ReadPrompts(fields, model, MaxSequences / parameters.Choices).Select(parameters.Truncation.Apply)],
            fields.Flag("echo") ?? false,
            fields.Integer("logprobs"),
            OutputFormat.Read(fields),
            parameters with { MaxTokens = parameters.MaxTokens ?? DefaultMaxTokens });
    }

    /// <summary>A string, strings, token ids, or arrays of token ids.</summary>
    static IReadOnlyList<int[]> ReadPrompts(JsonFields fields, ITextModel model, int most)
    {
        if (!fields.TryGet("prompt", out var prompt))
            throw ApiException.Missing("prompt");
        if (prompt.ValueKind == JsonValueKind.String)
            return [model.Encode(prompt.GetString()!)];
        if (prompt.ValueKind != JsonValueKind.Array)
            throw JsonFields.Wrong("prompt", "a string, an array of strings, an array of token ids or an array of such arrays", prompt);

        var items = fields.Array("prompt")!;
        if (items.Count == 0)
            throw ApiException.Invalid("prompt", "'prompt' is empty; it must hold at least one prompt or token id.");
        if (items[0].Value.ValueKind == JsonValueKind.Number)
            return [[.. items.Select(item => JsonFields.Integer(item.Value, item.Path))]];
        if (items.Count > most)
            throw ApiException.Invalid("prompt", $"'prompt' has {items.Count} prompts; with this 'n' at most {most} are allowed.");
        return [.. items.Select(item => ReadPrompt(item.Value, item.Path, model))];
    }

    static int[] ReadPrompt(JsonElement prompt, string path, ITextModel model) => prompt.ValueKind switch
    {
        JsonValueKind.String => model.Encode(prompt.GetString()!),
        JsonValueKind.Array => [.. prompt.EnumerateArray().Select((id, i) => JsonFields.Integer(id, $"{path}[{i}]"))],
        _ => throw JsonFields.Wrong(path, "a string or an array of token ids", prompt),
    };
}
