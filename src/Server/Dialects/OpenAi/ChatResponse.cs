using System.Text.Json.Serialization;

namespace Kdsl.Dialects.OpenAi;

/// <summary>Tokens of a request: those of its prompts once, those of all its choices.</summary>
sealed record Usage(
    [property: JsonPropertyOrder(-3)] int PromptTokens,
    [property: JsonPropertyOrder(-2)] int CompletionTokens,
    PromptTokensDetails PromptTokensDetails,
    CompletionTokensDetails CompletionTokensDetails)
{
    [JsonPropertyOrder(-1)]
    public int TotalTokens => PromptTokens + CompletionTokens;

    /// <param name="cached">Tokens of the prompt that were not computed anew.</param>
    /// <param name="reasoning">Tokens of thought among those generated.</param>
    public static Usage Of(int prompt, int completion, int cached, int reasoning) => new(prompt, completion, new(cached), new(reasoning));
}

/// <summary>Where the prompt's tokens came from.</summary>
sealed record PromptTokensDetails(int CachedTokens);

/// <summary>What the generated tokens are.</summary>
sealed record CompletionTokensDetails(int ReasoningTokens);

/// <summary>Answer of /v1/chat/completions.</summary>
/// <param name="PromptTokenIds">Null: not asked for; here and below, what was not asked for or is not there is left out.</param>
sealed record ChatCompletion(
    string Id, long Created, string Model, string SystemFingerprint, IReadOnlyList<ChatChoice> Choices, Usage Usage,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int[]? PromptTokenIds)
{
    [JsonPropertyOrder(-1)]
    public string Object { get; } = "chat.completion";
}

/// <summary>One of the n answers.</summary>
/// <param name="StopReason">The stop string or id of the request that ended it (vLLM).</param>
/// <param name="MatchedStop">The same, or the model's end token (SGLang).</param>
sealed record ChatChoice(
    int Index, ChatAnswer Message, [property: JsonPropertyName("logprobs")] ChatLogProbs? LogProbs, string FinishReason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MatchedStop? StopReason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MatchedStop? MatchedStop,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<int>? TokenIds);

/// <summary>The assistant's turn. Thoughts have two names: DeepSeek's and vLLM's, and the newer one.</summary>
/// <param name="Content">Null: thoughts or calls alone.</param>
sealed record ChatAnswer(
    string? Content,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ReasoningContent = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ToolCall>? ToolCalls = null)
{
    [JsonPropertyOrder(-1)]
    public string Role { get; } = "assistant";
    public string? Refusal { get; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reasoning => ReasoningContent;
}

/// <summary>A call of a tool; in a stream the id, the type and the name come with the first piece only.</summary>
/// <param name="Index">Its place among the calls of the answer; in streams only.</param>
sealed record ToolCall(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Index,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Id,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Type,
    FunctionCall Function)
{
    /// <summary>A fresh id.</summary>
    public static string NewId() => "call_" + System.Security.Cryptography.RandomNumberGenerator.GetHexString(24, lowercase: true);
}

/// <summary>What is called.</summary>
/// <param name="Arguments">JSON as text; in a stream the next piece of it.</param>
sealed record FunctionCall([property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name, string Arguments);

/// <summary>One server-sent event of a streamed chat completion.</summary>
/// <param name="FullText">MindIE's: the whole content of the choice that ends with this event.</param>
readonly record struct ChatChunk(
    string Id, long Created, string Model, string SystemFingerprint, ChunkChoice[] Choices,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Usage? Usage,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int[]? PromptTokenIds = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? FullText = null)
{
    [JsonPropertyOrder(-1)]
    public string Object { get; } = "chat.completion.chunk";
}

/// <summary>What an event adds to one choice; the last event of a choice carries the finish reason.</summary>
readonly record struct ChunkChoice(
    int Index, ChatDelta Delta, [property: JsonPropertyName("logprobs")] ChatLogProbs? LogProbs, string? FinishReason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MatchedStop? StopReason = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MatchedStop? MatchedStop = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<int>? TokenIds = null);

/// <summary>New text, thought or call; the role comes once, first. What is not there is left out: clients stumble over nulls.</summary>
readonly record struct ChatDelta(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Role,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Content,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ReasoningContent = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ToolCall[]? ToolCalls = null)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reasoning => ReasoningContent;
}

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
