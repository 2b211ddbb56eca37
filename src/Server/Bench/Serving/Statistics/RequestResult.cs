using Kdsl.Bench.Serving.Judging;

namespace Kdsl.Bench.Serving.Statistics;

/// <summary>One request in numbers. Times in ms; what was not measured is null or empty.</summary>
sealed record RequestResult
{
    /// <summary>Of the data set.</summary>
    public required string Id { get; init; }

    /// <summary>When it was sent and when it had ended, in seconds on a clock that all requests share.</summary>
    public required double SentAt { get; init; }

    /// <summary>See <see cref="SentAt"/>.</summary>
    public required double EndedAt { get; init; }

    /// <summary>Why it failed; null: it was answered.</summary>
    public string? Failure { get; init; }

    /// <summary>How long it waited for a client: only in an open loop.</summary>
    public double ClientWait { get; init; }

    /// <summary>From sending to the first chunk with a token.</summary>
    public double? FirstToken { get; init; }

    /// <summary>From sending to the last chunk with a token.</summary>
    public double? LastToken { get; init; }

    /// <summary>From sending to the end of the reply.</summary>
    public double Generate => (EndedAt - SentAt) * 1000;

    /// <summary>Between neighbouring chunks with tokens.</summary>
    public IReadOnlyList<double> Gaps { get; init; } = [];

    /// <summary>The same for each token: k tokens of one chunk share its gap equally.</summary>
    public IReadOnlyList<double> Decode { get; init; } = [];

    /// <summary>Tokens of the prompt, by the client's tokenizer.</summary>
    public int InputTokens { get; init; }

    /// <summary>The same as the server counts them, with its template; null: it does not say.</summary>
    public int? ServerInputTokens { get; init; }

    /// <summary>Tokens of the answer.</summary>
    public int GeneratedTokens { get; init; }

    /// <summary>Characters (code points) of the answer.</summary>
    public int GeneratedCharacters { get; init; }

    /// <summary>Encoding the prompt.</summary>
    public double Tokenizer { get; init; }

    /// <summary>Decoding the answer.</summary>
    public double Detokenizer { get; init; }

    /// <summary>Size of the batch of its prefill, as the server says.</summary>
    public double? PrefillBatch { get; init; }

    /// <summary>Sizes of the batches of its further tokens, as the server says.</summary>
    public IReadOnlyList<double> DecodeBatches { get; init; } = [];

    /// <summary>Waits in the server's queue, in us, as the server says.</summary>
    public IReadOnlyList<double> QueueWaits { get; init; } = [];

    /// <summary>Why the answer ended.</summary>
    public string? Finish { get; init; }

    /// <summary>It ended at the most tokens.</summary>
    public bool Truncated { get; init; }

    /// <summary>The answer; null where nobody asks for it.</summary>
    public string? Text { get; init; }

    /// <summary>The prompt's ids; null where nobody asks for them.</summary>
    public IReadOnlyList<int>? PromptIds { get; init; }

    /// <summary>The answer's ids by the client's tokenizer; null where nobody asks for them.</summary>
    public IReadOnlyList<int>? AnswerIds { get; init; }

    /// <summary>What the answer is worth; null: not judged.</summary>
    public Judgement? Judgement { get; init; }
}
