using System.Text.Json.Serialization;

namespace Kdsl.Dialects.OpenAi;

/// <summary>Answer of /v1/completions, and each server-sent event of a streamed one.</summary>
readonly record struct Completion(
    string Id, long Created, string Model, string SystemFingerprint, CompletionChoice[] Choices,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Usage? Usage)
{
    [JsonPropertyOrder(-1)]
    public string Object { get; } = "text_completion";
}

/// <summary>One of the n answers to one of the prompts, or what an event adds to it.</summary>
/// <param name="StopReason">The stop string or id of the request that ended it (vLLM); here and below, what is not there or was not asked for is left out.</param>
/// <param name="MatchedStop">The same, or the model's end token (SGLang).</param>
/// <param name="PromptTokenIds">In a stream with the first event of the choice.</param>
readonly record struct CompletionChoice(
    int Index, string Text, [property: JsonPropertyName("logprobs")] CompletionLogProbs? LogProbs, string? FinishReason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MatchedStop? StopReason = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MatchedStop? MatchedStop = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int[]? PromptTokenIds = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<int>? TokenIds = null);

/// <summary>Scores as four lists of one length; the first token of an echoed prompt has none.</summary>
/// <param name="TextOffset">Where each token starts in the choice's text, in UTF-16 units.</param>
sealed record CompletionLogProbs(
    IReadOnlyList<string> Tokens,
    [property: JsonPropertyName("token_logprobs")] IReadOnlyList<float?> TokenLogProbs,
    [property: JsonPropertyName("top_logprobs")] IReadOnlyList<Dictionary<string, float>?> TopLogProbs,
    IReadOnlyList<int> TextOffset);
