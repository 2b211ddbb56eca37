using System.Text.Json.Serialization;

namespace Kdsl.Dialects.OpenAi;

/// <summary>Tokens of a request: those of its prompts once, those of all its choices.</summary>
sealed record Usage(int PromptTokens, int CompletionTokens)
{
    public int TotalTokens => PromptTokens + CompletionTokens;
}

/// <summary>Answer of /v1/chat/completions.</summary>
sealed record ChatCompletion(string Id, long Created, string Model, IReadOnlyList<ChatChoice> Choices, Usage Usage)
{
    [JsonPropertyOrder(-1)]
    public string Object { get; } = "chat.completion";
}

/// <summary>One of the n answers.</summary>
sealed record ChatChoice(int Index, ChatAnswer Message, [property: JsonPropertyName("logprobs")] ChatLogProbs? LogProbs, string FinishReason);

/// <summary>The assistant's turn.</summary>
sealed record ChatAnswer(string Content)
{
    [JsonPropertyOrder(-1)]
    public string Role { get; } = "assistant";
    public string? Refusal { get; }
}

/// <summary>One server-sent event of a streamed chat completion.</summary>
readonly record struct ChatChunk(
    string Id, long Created, string Model, ChunkChoice[] Choices,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Usage? Usage)
{
    [JsonPropertyOrder(-1)]
    public string Object { get; } = "chat.completion.chunk";
}

/// <summary>What an event adds to one choice; the last event of a choice carries the finish reason.</summary>
readonly record struct ChunkChoice(int Index, ChatDelta Delta, [property: JsonPropertyName("logprobs")] ChatLogProbs? LogProbs, string? FinishReason);

/// <summary>New text; the role comes once, first.</summary>
readonly record struct ChatDelta(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Role,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Content);

/// <summary>Scores of the tokens of an answer or of an event.</summary>
sealed record ChatLogProbs(IReadOnlyList<ChatTokenScore> Content)
{
    public string? Refusal { get; }
}

/// <summary>A chosen token and the most likely ones in its place.</summary>
sealed record ChatTokenScore(
    string Token, [property: JsonPropertyName("logprob")] float LogProb, IReadOnlyList<int> Bytes,
    [property: JsonPropertyName("top_logprobs")] IReadOnlyList<ChatAlternative> TopLogProbs);

/// <summary>A token that could have been chosen.</summary>
sealed record ChatAlternative(string Token, [property: JsonPropertyName("logprob")] float LogProb, IReadOnlyList<int> Bytes);
