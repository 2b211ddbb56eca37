using System.Text.Json;
using Kdsl.Serving;

namespace Kdsl.Dialects.OpenAi;

/// <summary>A body of POST /v1/chat/completions.</summary>
/// <param name="TopLogProbs">Alternatives to report per token; null: no log probabilities.</param>
/// <param name="Tools">What the model may call; null: nothing.</param>
/// <param name="Format">What the answer must look like; null: any text.</param>
/// <param name="Echo">What the answer's text begins with: the message that it continues, where the request asks for that; else empty.</param>
sealed record ChatRequest(ChatPrompt Prompt, int? TopLogProbs, ToolUse? Tools, OutputFormat? Format, Thinking Thinking, string Echo, GenerationParameters Parameters)
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

        var tools = ToolUse.Read(fields);
        var thinking = Thinking.Read(fields);
        var messages = ReadMessages(fields);
        var prompt = ContinuedTurn.Read(fields, new ChatPrompt(messages, tools?.Shown, thinking.Variables));
        string echo = ContinuedTurn.IsMarked(prompt) && fields.Flag("echo") == true ? messages[^1].Content : "";
        return new(prompt, scored ? top ?? 0 : null, tools, OutputFormat.Read(fields), thinking, echo, parameters);
    }

    static IReadOnlyList<ChatMessage> ReadMessages(JsonFields fields)
    {
        var items = fields.Array("messages") ?? throw ApiException.Missing("messages");
        return items.Count > 0 ? [.. items.Select(item => ChatMessageReader.Read(item.Value, item.Path))]
            : throw ApiException.Invalid("messages", "'messages' is empty; it must hold at least one message.");
    }

    static void RefuseUnsupported(JsonFields fields)
    {
        foreach (var name in (ReadOnlySpan<string>)["functions", "function_call", "audio"])
        {
            if (fields.TryGet(name, out _))
                throw ApiException.Unsupported(name, $"'{name}' is not supported by this server.");
        }
    }
}
