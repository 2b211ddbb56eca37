using System.Threading.Channels;

namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Token ids in, token ids out: what the server, the terminal and embedding programs talk to. Thread-safe.
/// Implemented by <c>Engine</c> over a model and by scripted engines in tests.
/// </summary>
public interface IEngine : IAsyncDisposable
{
    /// <summary>Limits of the loaded model.</summary>
    EngineLimits Limits { get; }

    /// <summary>Queues a request; tokens arrive on the returned generation. Never blocks on the model.</summary>
    /// <exception cref="RequestException">The request cannot be served as it is: names the field, the value and what is allowed.</exception>
    /// <exception cref="GenerationException">The engine is stopping, or too many wait: then it says when to come again.</exception>
    IGeneration Submit(GenerationRequest request);

    /// <summary>Counts now running and waiting, for health and logs.</summary>
    EngineStatus Status { get; }

    /// <summary>What was done since the start, for metrics.</summary>
    EngineCounters Counters { get; }

    /// <summary>Refuses new requests and completes when the running ones have ended, or when the token is cancelled.</summary>
    Task DrainAsync(CancellationToken cancellation);
}

/// <summary>What a request must fit into.</summary>
/// <param name="ContextLength">Most tokens, prompt and output together, that one sequence may hold.</param>
/// <param name="VocabularySize">Rows of the logits.</param>
/// <param name="SampledVocabularySize">Ids at or above this are never sampled (padding rows above the tokenizer's range).</param>
/// <param name="MaxTopLogProbs">Most alternatives per token that can be asked for.</param>
public sealed record EngineLimits(int ContextLength, int VocabularySize, int SampledVocabularySize, int MaxTopLogProbs)
{
    /// <summary>Positions per page of the KV cache.</summary>
    public int PageSize { get; init; } = 64;

    /// <summary>Most sequences that run together.</summary>
    public int MaxSequences { get; init; } = 16;

    /// <summary>Most tokens of one step.</summary>
    public int MaxTokensPerStep { get; init; } = 512;

    /// <summary>Bytes for keys and values.</summary>
    public long CacheBytes { get; init; }

    /// <summary>Bytes of host memory for those of sequences that wait.</summary>
    public long SwapBytes { get; init; }
}

/// <summary>A snapshot of the scheduler.</summary>
/// <param name="Running">Sequences that hold pages.</param>
/// <param name="Waiting">Sequences that do not.</param>
/// <param name="FreePages">Pages that nobody holds, known ones included.</param>
/// <param name="TotalPages">All pages.</param>
/// <param name="Swapped">Sequences of those waiting whose pages are kept in host memory.</param>
public readonly record struct EngineStatus(int Running, int Waiting, int FreePages, int TotalPages, int Swapped = 0);

/// <summary>Sums since the start.</summary>
public readonly record struct EngineCounters
{
    /// <summary>Steps computed.</summary>
    public long Steps { get; init; }

    /// <summary>Tokens of prompts, those of known pages included.</summary>
    public long PromptTokens { get; init; }

    /// <summary>Tokens of prompts whose pages were known.</summary>
    public long CachedTokens { get; init; }

    /// <summary>Tokens generated.</summary>
    public long GeneratedTokens { get; init; }

    /// <summary>How often a sequence had to give its pages up.</summary>
    public long Preemptions { get; init; }

    /// <summary>How many of these times its pages were kept in host memory.</summary>
    public long Swaps { get; init; }

    /// <summary>Requests that were refused because too many waited.</summary>
    public long Refused { get; init; }

    /// <summary>Requests that ended because their time was up.</summary>
    public long TimedOut { get; init; }

    /// <summary>What came of guessed tokens.</summary>
    public SpeculationCounters Speculation { get; init; }

    /// <summary>Pages whose tokens are known and that nobody holds, now.</summary>
    public int CachedPages { get; init; }

    /// <summary>Seconds spent in steps.</summary>
    public double StepSeconds { get; init; }

    /// <summary>How long the step that is being computed has taken until now; null between steps.</summary>
    public TimeSpan? StepElapsed { get; init; }
}

/// <summary>One sequence to generate.</summary>
public sealed record GenerationRequest
{
    /// <summary>For logs; unique.</summary>
    public required string Id { get; init; }

    /// <summary>At least one token id, each below the vocabulary size.</summary>
    public required ReadOnlyMemory<int> Prompt { get; init; }

    /// <summary>Most tokens to generate; null: up to the context length.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>1 (most urgent) to 5; one level is worth <see cref="PriorityWeight"/> of waiting, so that nobody waits for ever.</summary>
    public int Priority { get; init; } = 5;

    /// <summary>What a level of <see cref="Priority"/> is worth.</summary>
    public static readonly TimeSpan PriorityWeight = TimeSpan.FromSeconds(10);

    /// <summary>Longest time from now to the last token; null: none. It is refused at once when it would wait that long.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How tokens are chosen.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Ids that end the sequence (finish reason stop); the ending id is delivered as the last token.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>What the output must look like; null: anything. Needs a stop token, which is allowed exactly where the output may end.</summary>
    public ITokenConstraint? Constraint { get; init; }

    /// <summary>Ignore <see cref="StopTokens"/> and run to MaxTokens (benchmarks). Where there is a constraint, they still end its output.</summary>
    public bool IgnoreStop { get; init; }

    /// <summary>Report the log probability of each generated token, and of this many alternatives; null: none.</summary>
    public int? TopLogProbs { get; init; }

    /// <summary>Also report log probabilities of the prompt's tokens (echo with logprobs).</summary>
    public bool PromptLogProbs { get; init; }
}

/// <summary>How the next token is chosen: penalties, temperature, top-k, top-p, min-p, in this order (the order of Hugging Face and vLLM).</summary>
public sealed record SamplingOptions
{
    /// <summary>0 is greedy; otherwise divides the logits. Range 0 to 2.</summary>
    public float Temperature { get; init; } = 1f;

    /// <summary>Keep this many most likely tokens; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Keep the smallest set whose probability reaches this; in (0, 1].</summary>
    public float TopP { get; init; } = 1f;

    /// <summary>Keep tokens with at least this share of the most likely one's probability; in [0, 1].</summary>
    public float MinP { get; init; }

    /// <summary>Divides positive and multiplies negative logits of tokens seen in prompt or output; 1 is off; in (0, 2].</summary>
    public float RepetitionPenalty { get; init; } = 1f;

    /// <summary>Subtracted once from the logits of generated tokens; in [-2, 2].</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Subtracted per occurrence from the logits of generated tokens; in [-2, 2].</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Fixes the random choices of this request whatever else runs; null draws one.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Added to the logits of these ids, in [-100, 100].</summary>
    public IReadOnlyDictionary<int, float>? LogitBias { get; init; }
}

/// <summary>Tokens of one request as they are generated.</summary>
public interface IGeneration
{
    /// <summary>Every token in order; completes after the one that carries a finish reason, or with the error that ended the request.</summary>
    ChannelReader<GeneratedToken> Tokens { get; }

    /// <summary>Log probabilities of the prompt's tokens (the first has none), once the prompt has been computed; null unless asked for.</summary>
    IReadOnlyList<TokenLogProbs?>? PromptLogProbs { get; }

    /// <summary>Tokens of the prompt that did not have to be computed, because a prompt before began alike; known with the first token.</summary>
    int CachedTokens { get; }

    /// <summary>Frees the sequence within one step; the channel completes with finish reason Cancelled. Safe to call at any time.</summary>
    void Cancel();
}

/// <summary>Why a sequence ended.</summary>
public enum FinishReason
{
    /// <summary>A stop token.</summary>
    Stop,

    /// <summary>MaxTokens or the context length.</summary>
    Length,

    /// <summary>The caller went away.</summary>
    Cancelled,
}

/// <summary>One generated token.</summary>
/// <param name="Id">Token id.</param>
/// <param name="LogProbs">Its log probability and alternatives, when asked for.</param>
/// <param name="Finish">Set on the last token. A cancelled generation ends with Id -1.</param>
/// <param name="Step">The step that it came of.</param>
public readonly record struct GeneratedToken(int Id, TokenLogProbs? LogProbs, FinishReason? Finish, StepInfo Step = default);

/// <summary>What a step was like, for one of its tokens.</summary>
/// <param name="Sequences">Sequences of the step.</param>
/// <param name="Waited">From the time that the sequence could have gone on to the beginning of the step.</param>
/// <param name="Elapsed">Time that the step took.</param>
public readonly record struct StepInfo(int Sequences, TimeSpan Waited, TimeSpan Elapsed);

/// <summary>Log probability (natural, of the unmodified distribution) of a token and of the most likely alternatives, best first.</summary>
public sealed record TokenLogProbs(int Id, float LogProb, IReadOnlyList<(int Id, float LogProb)> Top);

/// <summary>A request that cannot be served: the field, its value, what is allowed.</summary>
/// <param name="field">Name of the offending property of <see cref="GenerationRequest"/> or <see cref="SamplingOptions"/>.</param>
public sealed class RequestException(string field, string message) : Exception(message)
{
    /// <summary>The offending property.</summary>
    public string Field { get; } = field;
}
