using KernelDsl.Runtime.Model;

namespace KernelDsl.Runtime.Engine;

/// <summary>What an operator chooses about an engine; null leaves a value to the model or the machine.</summary>
public sealed record EngineOptions
{
    /// <summary>Most sequences that run at once, 1 to 1024.</summary>
    public int MaxBatch { get; init; } = 16;

    /// <summary>Most tokens of one step, prompts in chunks and generated ones together; <see cref="MaxBatch"/> to 65536.</summary>
    public int MaxTokensPerStep { get; init; } = 512;

    /// <summary>Positions per page of the KV cache; a power of two from 16 to 512.</summary>
    public int PageSize { get; init; } = 64;

    /// <summary>How the model's matrices are stored; null: as the checkpoint has them.</summary>
    public WeightFormat? Weights { get; init; }

    /// <summary>What is multiplied by matrices of integers.</summary>
    public ActivationFormat Activations { get; init; }

    /// <summary>Where the packed matrices are kept between runs; null: nowhere.</summary>
    public WeightCache? WeightCache { get; init; }

    /// <summary>How keys and values are stored.</summary>
    public CacheFormat CacheFormat { get; init; }

    /// <summary>Bytes for keys and values; null: <see cref="DefaultKvBytes"/>. Cut to what <see cref="MaxBatch"/> full sequences can fill.</summary>
    public long? KvBytes { get; init; }

    /// <summary>Most tokens of one sequence; null: what the model was made for. Cut to what the KV cache holds.</summary>
    public int? ContextLength { get; init; }

    // Logits are large: no more rows of them than these sequences need for guesses. In larger batches guesses share the rows.
    const int DraftingSequences = 8;

    /// <summary>The <see cref="MaxDraft"/> of engines that nobody chose one for.</summary>
    public const int DefaultMaxDraft = 8;

    /// <summary>Most tokens that are guessed ahead per sequence and step where that is expected to pay; 0 never, at most 32.</summary>
    public int MaxDraft { get; init; } = DefaultMaxDraft;

    /// <summary>
    /// A quarter of the memory that the process may use (the container's limit where there is one), but 64 MiB at least: weights of three
    /// quarters still fit, and pages that are never touched cost nothing on hosts that commit memory on first use.
    /// </summary>
    public static long DefaultKvBytes(long availableBytes) => Math.Max(64L << 20, availableBytes / 4);

    /// <summary>The sizes a model is loaded with.</summary>
    /// <param name="sampledVocabularySize">Ids at or above this have no text; null: all have.</param>
    /// <exception cref="ArgumentException">A value is out of range: names the option, the value, what is allowed and what to do.</exception>
    public ModelOptions ForModel(int? sampledVocabularySize)
    {
        InRange(nameof(MaxBatch), MaxBatch, 1, 1024, "fewer sequences wait, more share the step");
        InRange(nameof(MaxTokensPerStep), MaxTokensPerStep, MaxBatch, 65536, $"every one of MaxBatch = {MaxBatch} sequences needs a token per step");
        InRange(nameof(PageSize), PageSize, 16, 512, "a power of two");
        if (!int.IsPow2(PageSize))
            throw new ArgumentException($"PageSize is {PageSize}; allowed is a power of two from 16 to 512.");
        InRange(nameof(MaxDraft), MaxDraft, 0, 32, "0 switches speculation off");
        if (KvBytes is { } bytes)
            InRange(nameof(KvBytes), bytes, 1, long.MaxValue, "leave it out for a quarter of the memory");
        if (ContextLength is { } context)
            InRange(nameof(ContextLength), context, 2, int.MaxValue, "leave it out for what the model was made for");

        return new ModelOptions
        {
            PageSize = PageSize,
            Weights = Weights,
            Activations = Activations,
            WeightCache = WeightCache,
            CacheFormat = CacheFormat,
            CacheBytes = KvBytes ?? DefaultKvBytes(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
            MaxTokens = MaxTokensPerStep,
            MaxSequences = MaxBatch,
            MaxLogitRows = Math.Min(MaxTokensPerStep, MaxBatch + MaxDraft * Math.Min(MaxBatch, DraftingSequences)),
            ContextLength = ContextLength,
            SampledVocabularySize = sampledVocabularySize,
        };
    }

    /// <summary>How steps are filled and who waits.</summary>
    public SchedulingOptions Scheduling { get; init; } = new();

    static void InRange(string option, long value, long least, long most, string advice)
    {
        if (value < least || value > most)
            throw new ArgumentException($"{option} is {value}; allowed is {least} to {most}: {advice}.");
    }
}
