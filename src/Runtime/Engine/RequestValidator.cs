namespace KernelDsl.Runtime.Engine;

/// <summary>The one place that says what a request may ask for; every <see cref="IEngine"/> calls it in Submit.</summary>
public static class RequestValidator
{
    /// <summary>Returns when the request can be served within the limits.</summary>
    /// <exception cref="RequestException">Names the field, its value, what is allowed and what to do.</exception>
    public static void Validate(GenerationRequest request, EngineLimits limits)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(limits);
        ValidatePrompt(request.Prompt.Span, limits);

        if (request.MaxTokens is { } most)
            InRange(nameof(request.MaxTokens), most, 1, int.MaxValue, "ask for at least one token");
        InRange(nameof(request.Priority), request.Priority, 1, 5, "1 is the most urgent");
        if (request.Timeout is { } timeout && timeout <= TimeSpan.Zero)
            throw new RequestException(nameof(request.Timeout), $"Timeout is {timeout}; it must be above 0. Leave it out for none.");
        if (request.TopLogProbs is { } top)
            InRange(nameof(request.TopLogProbs), top, 0, limits.MaxTopLogProbs, "ask for fewer alternatives");
        foreach (var id in request.StopTokens)
            TokenId(nameof(request.StopTokens), id, limits.VocabularySize);
        if (request.Constraint is not null && request.StopTokens.Count == 0)
        {
            throw new RequestException(nameof(request.StopTokens),
                "StopTokens is empty; a constrained output needs at least one, because nothing else can end it. Name the model's end token.");
        }

        Validate(request.Sampling, limits);
    }

    static void ValidatePrompt(ReadOnlySpan<int> prompt, EngineLimits limits)
    {
        const string field = nameof(GenerationRequest.Prompt);
        if (prompt.IsEmpty)
            throw new RequestException(field, "Prompt is empty; it must hold at least one token.");
        if (prompt.Length >= limits.ContextLength)
        {
            throw new RequestException(field,
                $"Prompt has {prompt.Length} tokens; at most {limits.ContextLength - 1} are allowed, because the context holds " +
                $"{limits.ContextLength} tokens, prompt and output together. Shorten the prompt.");
        }

        foreach (var id in prompt)
            TokenId(field, id, limits.VocabularySize);
    }

    static void Validate(SamplingOptions sampling, EngineLimits limits)
    {
        InRange(nameof(sampling.Temperature), sampling.Temperature, 0f, 2f, "0 is greedy, 1 leaves the distribution as it is");
        InRange(nameof(sampling.TopK), sampling.TopK, 0, int.MaxValue, "0 keeps all tokens");
        InRange(nameof(sampling.MinP), sampling.MinP, 0f, 1f, "0 keeps all tokens");
        InRange(nameof(sampling.PresencePenalty), sampling.PresencePenalty, -2f, 2f, "0 is off");
        InRange(nameof(sampling.FrequencyPenalty), sampling.FrequencyPenalty, -2f, 2f, "0 is off");
        PositiveUpTo(nameof(sampling.TopP), sampling.TopP, 1f, "1 keeps all tokens");
        PositiveUpTo(nameof(sampling.RepetitionPenalty), sampling.RepetitionPenalty, 2f, "1 is off");

        if (sampling.LogitBias is not { } biases)
            return;
        foreach (var (id, bias) in biases)
        {
            TokenId(nameof(sampling.LogitBias), id, limits.SampledVocabularySize);
            InRange(nameof(sampling.LogitBias), bias, -100f, 100f, $"change the bias of token {id}");
        }
    }

    static void TokenId(string field, int id, int vocabulary)
    {
        if ((uint)id >= (uint)vocabulary)
            throw new RequestException(field, $"{field} has token id {id}; ids are 0 to {vocabulary - 1}. Encode with this model's tokenizer.");
    }

    static void InRange<T>(string field, T value, T least, T most, string advice) where T : IComparable<T>
    {
        // CompareTo orders NaN below every number, so NaN is refused too.
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
            throw new RequestException(field, $"{field} is {value}; allowed is {least} to {most}: {advice}.");
    }

    static void PositiveUpTo(string field, float value, float most, string advice)
    {
        if (!(value > 0f && value <= most))
            throw new RequestException(field, $"{field} is {value}; allowed is above 0 and up to {most}: {advice}.");
    }
}
