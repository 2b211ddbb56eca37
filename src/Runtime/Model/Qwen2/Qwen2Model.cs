using System.Collections.Immutable;
using KernelDsl.Runtime.Backend;
using KernelDsl.Runtime.Graph;

namespace KernelDsl.Runtime.Model;

/// <summary>A Qwen2 model on a back end: weights, KV cache and the captured step.</summary>
public sealed class Qwen2Model : IModel
{
    private readonly Qwen2Weights _weights;
    private readonly KvCache _cache;
    private readonly Qwen2Graph _step;
    private readonly GraphRunner _runner;
    private readonly int[] _positions, _sequences, _indices, _argMax;
    private readonly float[] _logits, _maxima;

    private Qwen2Model(Qwen2Config config, ModelLimits limits, Qwen2Weights weights, KvCache cache, IBackend backend)
    {
        (Config, Limits, _weights, _cache) = (config, limits, weights, cache);
        _step = new(config, weights, cache, limits.SampledVocabularySize);
        _runner = new(_step.Graph, backend, Buckets(limits));
        _positions = new int[limits.MaxTokens];
        _sequences = new int[limits.MaxTokens];
        _logits = GC.AllocateUninitializedArray<float>(limits.MaxLogitRows * limits.VocabularySize);
        _maxima = new float[limits.MaxLogitRows * _step.ArgMaxBlocks];
        _indices = new int[_maxima.Length];
        _argMax = new int[limits.MaxLogitRows];
    }

    /// <summary>The architecture.</summary>
    public Qwen2Config Config { get; }

    /// <inheritdoc/>
    public ModelLimits Limits { get; }

    /// <summary>Device memory: weights and tables, KV cache, activations.</summary>
    public (long Weights, long Cache, long Activations) DeviceBytes => (_weights.Bytes, _cache.Bytes, _runner.ArenaBytes);

    /// <summary>Loads a model. The back end stays the caller's.</summary>
    /// <exception cref="ModelException">A file is missing, malformed, or asks for what is not supported.</exception>
    /// <exception cref="KernelNotBuiltException">The kernels were not built for this model's head size or head group.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static Qwen2Model Load(ModelFiles files, IBackend backend, ModelOptions options)
    {
        using var checkpoint = ModelCheckpoint.Open(files);
        return Load(checkpoint, backend, options);
    }

    /// <summary>Loads a model that is open; afterwards the checkpoint may be closed. The back end stays the caller's.</summary>
    /// <exception cref="ModelException">A tensor is missing, malformed, or stored as what is not supported.</exception>
    /// <exception cref="KernelNotBuiltException">The kernels were not built for this model's head size or head group.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static Qwen2Model Load(ModelCheckpoint checkpoint, IBackend backend, ModelOptions options)
    {
        var config = checkpoint.Config;
        var limits = LimitsOf(config, backend, options);
        Qwen2Weights? weights = null;
        KvCache? cache = null;
        try
        {
            weights = Qwen2Weights.Load(checkpoint, limits.ContextLength, backend, options.Weights, options.Activations, options.WeightCache);
            cache = new(backend, options.CacheFormat, config.Layers, limits.PageSize, limits.PageCount, config.KvHeads, config.HeadSize);
            return new(config, limits, weights, cache, backend);
        }
        catch
        {
            cache?.Dispose();
            weights?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public StepOutputs Step(scoped in StepInputs inputs)
    {
        var shape = StepShape.Of(inputs, Limits);
        FillPositions(inputs);

        _runner.Bind([
            shape.Tokens, shape.Sequences, shape.Sequences + 1, inputs.PageTableWidth, shape.PrefillTokens, shape.PrefillSequences,
            shape.Sequences - shape.PrefillSequences, shape.Longest, shape.Splits, shape.LogitRows]);
        var batch = _step.Batch;
        _runner.Write(batch.TokenIds, inputs.Tokens);
        _runner.Write<int>(batch.Positions, _positions.AsSpan(0, shape.Tokens));
        _runner.Write<int>(batch.SequenceOfToken, _sequences.AsSpan(0, shape.Tokens));
        _runner.Write(batch.Starts, inputs.Starts);
        _runner.Write(batch.Lengths, inputs.Lengths);
        _runner.Write(batch.PageTable, inputs.PageTable);
        _runner.Write(batch.Rows, inputs.LogitRows);
        _runner.Run();
        return Read(shape.LogitRows);
    }

    /// <inheritdoc/>
    public int PageBytes => _cache.PageBytes;

    /// <inheritdoc/>
    public void SavePage(int page, Span<byte> destination) => _cache.Save(page, destination);

    /// <inheritdoc/>
    public void LoadPage(ReadOnlySpan<byte> source, int page) => _cache.Load(source, page);

    /// <inheritdoc/>
    public void Dispose()
    {
        _runner.Dispose();
        _cache.Dispose();
        _weights.Dispose();
    }

    private void FillPositions(in StepInputs inputs)
    {
        for (int s = 0; s < inputs.Lengths.Length; s++)
        {
            int shift = inputs.Lengths[s] - inputs.Starts[s + 1];
            for (int row = inputs.Starts[s]; row < inputs.Starts[s + 1]; row++)
            {
                _positions[row] = row + shift;
                _sequences[row] = s;
            }
        }
    }

    private StepOutputs Read(int rows)
    {
        int blocks = _step.ArgMaxBlocks;
        var logits = _logits.AsSpan(0, rows * Limits.VocabularySize);
        var maxima = _maxima.AsSpan(0, rows * blocks);
        var indices = _indices.AsSpan(0, rows * blocks);
        if (rows > 0)
        {
            _runner.Read(_step.Logits, logits);
            _runner.Read(_step.Maxima, maxima);
            _runner.Read(_step.Indices, indices);
        }
        for (int row = 0; row < rows; row++)
        {
            int best = row * blocks;
            for (int i = best + 1; i < (row + 1) * blocks; i++)
                if (maxima[i] > maxima[best]) best = i;
            _argMax[row] = indices[best];
        }
        return new() { Logits = logits, ArgMax = _argMax.AsSpan(0, rows) };
    }

    /// <summary>What a model is cut to by its options: pages that its sequences can fill, a context that its pages can hold.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    internal static ModelLimits LimitsOf(Qwen2Config config, IBackend backend, ModelOptions options)
    {
        static int Range(int value, int least, int most, string name) =>
            value >= least && value <= most ? value : throw new ArgumentException($"{name} is {value}; it must be from {least} to {most}", nameof(options));

        int pageSize = Range(options.PageSize, 16, StepShape.Span, nameof(options.PageSize));
        if (StepShape.Span % pageSize != 0) throw new ArgumentException($"PageSize is {pageSize}; it must be a power of two from 16 to {StepShape.Span}", nameof(options));
        int sequences = Range(options.MaxSequences, 1, 1 << 16, nameof(options.MaxSequences));
        int tokens = Range(options.MaxTokens, sequences, 1 << 20, nameof(options.MaxTokens));
        int rows = Range(options.MaxLogitRows ?? sequences, sequences, tokens, nameof(options.MaxLogitRows));
        int context = Range(options.ContextLength ?? config.ContextLength, 1, config.ContextLength, nameof(options.ContextLength));
        int sampled = Range(options.SampledVocabularySize ?? config.VocabularySize, 1, config.VocabularySize, nameof(options.SampledVocabularySize));

        long perPage = KvCache.BytesPerPage(backend, config, options.CacheFormat, pageSize);
        long full = (long)sequences * ((context + pageSize - 1) / pageSize);
        int pages = (int)Math.Min(Math.Min(options.CacheBytes / perPage, full), int.MaxValue / pageSize);
        if (pages < 1) throw new ArgumentException($"CacheBytes is {options.CacheBytes:N0}; one page of {pageSize} positions takes {perPage:N0}", nameof(options));
        return new(Math.Min(context, pages * pageSize), config.VocabularySize, sampled, pageSize, pages, tokens, sequences, rows);
    }

    /// <summary>Powers of two up to the most tokens; the other symbols as large as such a batch can make them.</summary>
    private static List<ImmutableArray<int>> Buckets(ModelLimits limits)
    {
        int pages = (limits.ContextLength + limits.PageSize - 1) / limits.PageSize;
        int splits = (limits.ContextLength + StepShape.Span - 1) / StepShape.Span;
        var buckets = new List<ImmutableArray<int>>();
        for (int tokens = 1, last = 0; last < limits.MaxTokens; tokens *= 2)
        {
            last = Math.Min(tokens, limits.MaxTokens);
            int sequences = Math.Min(last, limits.MaxSequences);
            buckets.Add([last, sequences, sequences + 1, pages, last, sequences, sequences, last, splits, Math.Min(last, limits.MaxLogitRows)]);
        }
        return buckets;
    }
}
