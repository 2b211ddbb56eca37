using KernelDsl.Runtime.Backend;

namespace KernelDsl.Runtime.Model;

/// <summary>The memory that a model takes, from its configuration alone: nothing is loaded, and no weights need be there.</summary>
/// <param name="Parameters">Numbers in its tensors.</param>
/// <param name="WeightBytes">Packed matrices, norms and biases on the device.</param>
/// <param name="TableBytes">Tables of rotary angles for the whole context.</param>
/// <param name="ReadBytes">Of the weights, what every step reads; an embedding that is not the head too is only looked up.</param>
/// <param name="PageBytes">One page of keys and values over all layers.</param>
/// <param name="Limits">What the options come to.</param>
public sealed record Qwen2Footprint(long Parameters, long WeightBytes, long TableBytes, long ReadBytes, long PageBytes, ModelLimits Limits)
{
    /// <summary>The pool of keys and values.</summary>
    public long CacheBytes => PageBytes * Limits.PageCount;

    /// <summary>Keys and values of one token over all layers.</summary>
    public double BytesPerToken => (double)PageBytes / Limits.PageSize;

    /// <summary>Activations of the largest step and its logits, on the device and on the host; the graph's planner shares more of it.</summary>
    public required long ActivationBytes { get; init; }

    /// <summary>All of it.</summary>
    public long TotalBytes => WeightBytes + TableBytes + CacheBytes + ActivationBytes;

    /// <summary>The footprint of a model on a back end.</summary>
    /// <exception cref="ArgumentException">An option is out of range, or the back end has no such format.</exception>
    public static Qwen2Footprint Of(Qwen2Config config, IBackend backend, ModelOptions options)
    {
        var limits = Qwen2Model.LimitsOf(config, backend, options);
        var shapes = Qwen2Tensors.All(config).ToDictionary(static t => t.Name, static t => t.Shape, StringComparer.Ordinal);
        long Bytes(string[] matrix)
        {
            int inputs = shapes[matrix[0]][1];
            return backend.WeightBytes(matrix.Sum(name => shapes[name][0]), inputs, FormatOf(config, options, matrix[0], inputs));
        }

        long matrices = Qwen2Tensors.Matrices(config).Sum(Bytes);
        long vectors = shapes.Values.Where(static s => s.Length == 1).Sum(static s => (long)s[0]) * sizeof(ushort);
        return new(
            shapes.Values.Sum(static s => s.Aggregate(1L, static (a, b) => a * b)), matrices + vectors, (long)limits.ContextLength * config.HeadSize * sizeof(float),
            matrices + vectors - (config.TiedEmbeddings ? 0 : Bytes([Qwen2Tensors.Embedding])), KvCache.BytesPerPage(backend, config, options.CacheFormat, limits.PageSize), limits)
        {
            ActivationBytes = Activations(config, limits),
        };
    }

    /// <summary>A checkpoint's integers stay what they are, in the layers; floats become what is asked for where groups fit the rows.</summary>
    private static WeightFormat FormatOf(Qwen2Config config, ModelOptions options, string name, int inputs)
    {
        var format = config.Quantization is { } stored
            ? name is Qwen2Tensors.Embedding or Qwen2Tensors.Head ? WeightFormat.BFloat16
                : stored.Bits == 4 ? WeightFormat.Int4(stored.GroupOf(inputs), !stored.Symmetric) : WeightFormat.Int8(stored.GroupOf(inputs))
            : options.Weights ?? WeightFormat.BFloat16;
        return format.FaultFor(inputs) == null ? format : WeightFormat.BFloat16;
    }

    private static long Activations(Qwen2Config c, ModelLimits limits)
    {
        long qkv = (c.Heads + 2L * c.KvHeads) * c.HeadSize;
        // The residual and what is added to it are floats; the rest is bf16. The widest of a layer are alive together.
        long perToken = 2L * c.HiddenSize * sizeof(float) + sizeof(ushort) * (c.HiddenSize + qkv + (long)c.Heads * c.HeadSize + c.IntermediateSize);
        return perToken * limits.MaxTokens + 2L * limits.MaxLogitRows * c.VocabularySize * sizeof(float);
    }
}
