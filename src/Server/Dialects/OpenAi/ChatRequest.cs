using System.Text.Json;
using Kdsl.Serving;

namespace Kdsl.Dialects.OpenAi;

/// <summary>A body of POST /v1/chat/completions.</summary>
/// <param name="TopLogProbs">Alternatives to report per token; null: no log probabilities.</param>
sealed record ChatRequest(ChatPrompt Prompt, int? TopLogProbs, GenerationParameters Parameters)
{
    /// <summary>Reads the body.</summary>
    /// <exception cref="ApiException">Something in it is wrong; the error names it.</exception>
    public static ChatRequest Parse(JsonElement body, ITextModel model)
    {
        var fields = JsonFields.Request(body);
        var parameters = GenerationParameters.Parse(fields, model);
        RefuseUnsupported(fields);

        bool scored = fields.Flag("logprobs") ?? false;
        int? top = fields.Integer("top_logprobs");
        if (top is not null && !scored)
            throw ApiException.Invalid("top_logprobs", "'top_logprobs' is only allowed when 'logprobs' is true.");

        return new(new ChatPrompt(ReadMessages(fields), ReadTools(fields)), scored ? top ?? 0 : null, parameters);
    }

    static IReadOnlyList<ChatMessage> ReadMessages(JsonFields fields)
    {
        var items = fields.Array("messages") ?? throw ApiException.Missing("messages");
        return items.Count > 0 ? [.. items.Select(item => ChatMessageReader.Read(item.Value, item.Path))]
            : throw ApiException.Invalid("messages", "'messages' is empty; it must hold at least one message.");
    }

    /// <summary>Tools are shown to the model by its template; "none" hides them.</summary>
    static IReadOnlyList<JsonElement>? ReadTools(JsonFields fields)
    {
        if (fields.Array("tools") is not { Count: > 0 } items)
            return null;
        var tools = items.Select(item =>
        {
            var function = JsonFields.Object(item.Value, item.Path).Object("function") ?? throw ApiException.Missing($"{item.Path}.function");
            _ = function.Text("name") ?? throw ApiException.Missing($"{item.Path}.function.name");
            return item.Value;
        }).ToArray();
        if (!fields.TryGet("tool_choice", out var choice))
            return tools;
        return choice.ValueKind == JsonValueKind.String ? choice.GetString() switch
        {
            "auto" => tools,
            "none" => null,
            var other => throw ApiException.Unsupported("tool_choice", $"'tool_choice' is '{other}'; this server supports 'auto' and 'none'."),
        } : throw ApiException.Unsupported("tool_choice", "'tool_choice' can be 'auto' or 'none' on this server.");
    }

    static void RefuseUnsupported(JsonFields fields)
    {
        if (fields.Object("response_format") is { } format && format.Text("type") is not "text" and var type)
            throw ApiException.Unsupported("response_format", $"'response_format.type' is '{type}'; this server supports 'text'.");
        foreach (var name in (ReadOnlySpan<string>)["functions", "function_call", "audio"])
        {
            if (fields.TryGet(name, out _))
                throw ApiException.Unsupported(name, $"'{name}' is not supported by this server.");
        }
    }
}
