using KernelDsl;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Serving;

/// <summary>Which model to open and how; null leaves a value to the model or the machine.</summary>
sealed record ModelOptions
{
    /// <summary>A Hugging Face folder or a GGUF file; null: the embedded model.</summary>
    public string? Folder { get; init; }

    /// <summary>What clients call it.</summary>
    public string? Name { get; init; }

    /// <summary>Worker threads of the back end.</summary>
    public int? Threads { get; init; }

    /// <summary>Most tokens of one sequence.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Where it was set, for messages.</summary>
    public string ContextLengthSource { get; init; } = "--context-length";

    /// <summary>Most sequences of one step.</summary>
    public int MaxBatch { get; init; } = 16;

    /// <summary>How matrices are stored; null: as the checkpoint has them.</summary>
    public WeightFormat? Weights { get; init; }

    /// <summary>What is multiplied by matrices of integers.</summary>
    public ActivationFormat Activations { get; init; }

    /// <summary>Folder where packed weights are kept between runs, <see cref="WeightCaches.Auto"/> or <see cref="WeightCaches.Off"/>.</summary>
    public string WeightCache { get; init; } = WeightCaches.Off;

    /// <summary>How keys and values are stored.</summary>
    public CacheFormat CacheFormat { get; init; }

    /// <summary>Bytes for keys and values.</summary>
    public long? KvMemory { get; init; }

    /// <summary>Where it was set, for messages.</summary>
    public string KvMemorySource { get; init; } = "--kv-memory";

    /// <summary>Positions of a page of them; a power of two from 16 to 512.</summary>
    public int PageSize { get; init; } = 64;

    /// <summary>How tokens are chosen where a request does not say; null: as the model's files do.</summary>
    public Func<SamplingOptions, SamplingOptions>? Sampling { get; init; }

    /// <summary>How steps are filled and who waits.</summary>
    public SchedulingOptions Scheduling { get; init; } = new();

    /// <summary>Most tokens that are guessed ahead; 0 never.</summary>
    public int MaxDraft { get; init; } = EngineOptions.DefaultMaxDraft;

    /// <summary>Whether the tokenizer's files are held against each other before weights are read.</summary>
    public bool CheckTokenizer { get; init; }

    /// <summary>The text of the chat template, whose marks that check looks up; null: there is none.</summary>
    public string? TemplateText { get; init; }

    /// <summary>What the engine is told.</summary>
    public EngineOptions ForEngine() => new()
    {
        MaxBatch = MaxBatch,
        // Each sequence of a full batch needs a token of the step.
        MaxTokensPerStep = Math.Max(new EngineOptions().MaxTokensPerStep, MaxBatch),
        PageSize = PageSize,
        ContextLength = ContextLength,
        CacheFormat = CacheFormat,
        Activations = Activations,
        KvBytes = KvMemory,
        Weights = Weights,
        WeightCache = WeightCaches.Of(this),
        MaxDraft = MaxDraft,
    };
}
