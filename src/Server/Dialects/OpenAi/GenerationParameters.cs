using System.Globalization;
using System.Text.Json;
using Kdsl.Serving;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Dialects.OpenAi;

/// <summary>What both completion routes accept besides the prompt. Types are checked here, ranges by the engine's <see cref="RequestValidator"/>.</summary>
/// <param name="Choices">Answers per prompt (<c>n</c>).</param>
/// <param name="MaxTokens">Most tokens of an answer; null: up to the context length.</param>
/// <param name="Stop">Texts that end an answer and are not shown.</param>
/// <param name="StopTokens">Ids that end an answer.</param>
sealed record GenerationParameters(
    bool Stream, bool IncludeUsage, int Choices, int? MaxTokens,
    IReadOnlyList<string> Stop, IReadOnlyList<int> StopTokens, bool IgnoreStop, SamplingOptions Sampling)
{
    /// <summary>1, the most urgent, to 5.</summary>
    public int Priority { get; init; } = 5;

    /// <summary>Longest time of the whole request; null: the server's.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How a prompt that is too long is cut.</summary>
    public required PromptTruncation Truncation { get; init; }

    /// <summary>Every event of a stream tells the usage so far, not only the last one.</summary>
    public bool ContinuousUsage { get; init; }

    /// <summary>The answer has the token ids of prompt and answer (vLLM's <c>return_token_ids</c>).</summary>
    public bool ReturnTokenIds { get; init; }

    /// <summary>Scores name tokens as <c>token_id:N</c> instead of by their text.</summary>
    public bool TokensAsIds { get; init; }

    const int MostSeconds = 65535;

    const int MaxChoices = 128, MaxStops = 64, MaxStopLength = 1024, MaxNamedKeys = 16;

    /// <summary>Reads the parameters; what the request leaves out comes from the model's own defaults.</summary>
    public static GenerationParameters Parse(JsonFields fields, ITextModel model)
    {
        if (fields.Text("model") is { } asked && asked != model.Name)
            throw ApiException.UnknownModel(asked, model.Name);

        bool stream = fields.Flag("stream") ?? false;
        var options = fields.Object("stream_options");
        if (options is not null && !stream)
            throw ApiException.Invalid("stream_options", "'stream_options' is only allowed when 'stream' is true.");

        bool usage = options?.Flag("include_usage") ?? false;
        int? maxTokens = fields.Integer("max_completion_tokens") ?? fields.Integer("max_tokens");
        return new(
            stream,
            usage,
            fields.Integer("n", 1, MaxChoices) ?? 1,
            maxTokens,
            ReadStop(fields),
            ReadStopTokens(fields, model),
            fields.Flag("ignore_eos") ?? false,
            ReadSampling(fields, model.Sampling))
        {
            Priority = fields.Integer("priority", 1, 5) ?? 5,
            Timeout = fields.Integer("timeout", 1, MostSeconds) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Truncation = PromptTruncation.Read(fields, model, maxTokens),
            ContinuousUsage = usage && (options?.Flag("continuous_usage_stats") ?? false),
            ReturnTokenIds = fields.Flag("return_token_ids") ?? false,
            TokensAsIds = fields.Flag("return_tokens_as_token_ids") ?? false,
        };
    }

    /// <summary>One sequence of the request, validated but not yet submitted.</summary>
    /// <param name="choice">Which of the <see cref="Choices"/> it is: a fixed seed gives each its own.</param>
    public GenerationRequest ForChoice(string id, ReadOnlyMemory<int> prompt, int choice) => new()
    {
        Id = id,
        Prompt = prompt,
        MaxTokens = MaxTokens,
        Sampling = Sampling.Seed is { } seed ? Sampling with { Seed = seed + (ulong)choice } : Sampling,
        StopTokens = StopTokens,
        IgnoreStop = IgnoreStop,
        Priority = Priority,
        Timeout = Timeout,
    };

    static SamplingOptions ReadSampling(JsonFields fields, SamplingOptions model) => new()
    {
        Temperature = fields.Number("temperature") ?? model.Temperature,
        // vLLM's clients write "all tokens" as -1.
        TopK = fields.Integer("top_k") is { } k ? (k == -1 ? 0 : k) : model.TopK,
        TopP = fields.Number("top_p") ?? model.TopP,
        MinP = fields.Number("min_p") ?? model.MinP,
        RepetitionPenalty = fields.Number("repetition_penalty") ?? model.RepetitionPenalty,
        PresencePenalty = fields.Number("presence_penalty") ?? model.PresencePenalty,
        FrequencyPenalty = fields.Number("frequency_penalty") ?? model.FrequencyPenalty,
        Seed = (ulong?)fields.Long("seed") ?? model.Seed,
        LogitBias = ReadLogitBias(fields),
    };

    static Dictionary<int, float>? ReadLogitBias(JsonFields fields)
    {
        if (!fields.TryGet("logit_bias", out var map))
            return null;
        if (map.ValueKind != JsonValueKind.Object)
            throw JsonFields.Wrong("logit_bias", "an object", map);

        var bias = new Dictionary<int, float>();
        var wrong = new List<string>();
        foreach (var entry in map.EnumerateObject())
        {
            if (int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int token))
                bias[token] = JsonFields.Number(entry.Value, $"logit_bias.{entry.Name}");
            else
                wrong.Add($"'{entry.Name}'");
        }

        return wrong.Count == 0 ? bias : throw ApiException.Invalid("logit_bias",
            $"'logit_bias' has {(wrong.Count == 1 ? "the key" : "the keys")} {string.Join(", ", wrong.Take(MaxNamedKeys))}; keys are token ids.");
    }

    static IReadOnlyList<string> ReadStop(JsonFields fields)
    {
        if (!fields.TryGet("stop", out var value))
            return [];
        IReadOnlyList<string> stops = value.ValueKind switch
        {
            JsonValueKind.String => [value.GetString()!],
            JsonValueKind.Array => [.. fields.Array("stop")!.Select(item => item.Value.ValueKind == JsonValueKind.String
                ? item.Value.GetString()! : throw JsonFields.Wrong(item.Path, "a string", item.Value))],
            _ => throw JsonFields.Wrong("stop", "a string or an array of strings", value),
        };
        if (stops.Count > MaxStops)
            throw ApiException.Invalid("stop", $"'stop' has {stops.Count} strings; at most {MaxStops} are allowed.");
        if (stops.Any(s => s.Length is 0 or > MaxStopLength))
            throw ApiException.Invalid("stop", $"Every string of 'stop' must have 1 to {MaxStopLength} characters.");
        return stops;
    }

    static IReadOnlyList<int> ReadStopTokens(JsonFields fields, ITextModel model) => fields.Array("stop_token_ids") is { } ids
        ? [.. model.StopTokens, .. ids.Select(item => JsonFields.Integer(item.Value, item.Path))]
        : model.StopTokens;
}
