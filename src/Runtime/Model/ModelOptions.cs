namespace KernelDsl.Runtime.Model;

/// <summary>Sizes that the caller chooses when a model is loaded.</summary>
public sealed record ModelOptions
{
    /// <summary>Positions per page of the KV cache; a power of two from 16 to 512.</summary>
    public int PageSize { get; init; } = 64;

    /// <summary>
    /// How matrices are stored on the device; null: as the checkpoint has them. Floats are rounded to nearest where it is quantised; a checkpoint
    /// of integers is refused where it is of another width.
    /// </summary>
    public WeightFormat? Weights { get; init; }

    /// <summary>What is multiplied by integers.</summary>
    public ActivationFormat Activations { get; init; }

    /// <summary>Where packed matrices are kept between runs; null: nowhere.</summary>
    public WeightCache? WeightCache { get; init; }

    /// <summary>How keys and values are stored.</summary>
    public CacheFormat CacheFormat { get; init; }

    /// <summary>Most device memory for the KV cache, in bytes; fewer pages are made where the sequences cannot fill it.</summary>
    public long CacheBytes { get; init; } = 1L << 30;

    /// <summary>Most new tokens of one step.</summary>
    public int MaxTokens { get; init; } = 512;

    /// <summary>Most sequences of one step.</summary>
    public int MaxSequences { get; init; } = 64;

    /// <summary>Most rows of one step whose logits may be asked for; null: one for each of <see cref="MaxSequences"/>.</summary>
    public int? MaxLogitRows { get; init; }

    /// <summary>Longest sequence; null: what the model was made for. Always cut to what the cache can hold.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Ids below this have text (the tokenizer's range); null: all of the vocabulary.</summary>
    public int? SampledVocabularySize { get; init; }
}
