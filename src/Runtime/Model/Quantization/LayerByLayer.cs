using System.Runtime.InteropServices;
using KernelDsl.Runtime.Backend;
using KernelDsl.Runtime.Graph;

namespace KernelDsl.Runtime.Model;

/// <summary>What goes into the matrices of a layer, a row for each token, bf16.</summary>
/// <param name="Attention">Into q, k and v: [tokens, hidden].</param>
/// <param name="Output">Into o: [tokens, heads · lanes].</param>
/// <param name="Mlp">Into gate and up: [tokens, hidden].</param>
/// <param name="Down">Into down: [tokens, intermediate].</param>
sealed record LayerInputs(BFloat16[] Attention, BFloat16[] Output, BFloat16[] Mlp, BFloat16[] Down);

/// <summary>
/// Runs the float model over a text with the kernels that serve it, one layer at a time: only that layer's weights and what all tokens become in
/// it are in memory. The residual stream stays on the device from layer to layer.
/// </summary>
sealed class LayerByLayer : IDisposable
{
    // The text is cut into sequences of at most this length: attention's cost grows with it, what channels see hardly changes.
    private const int LongestSequence = 512;

    private const int PageSize = 64;

    private readonly Qwen2Config _config;
    private readonly IWeightSource _source;
    private readonly IBackend _backend;
    private readonly DeviceAllocations _allocations;
    private readonly KvCache _cache;
    private readonly Tensor _residual, _delta, _cos, _sin;
    private readonly int[] _starts, _lengths;
    private int _layer;

    /// <summary>Cuts the text and looks its tokens up.</summary>
    /// <param name="source">Floats.</param>
    /// <param name="tokens">Token ids of the text; at least 2.</param>
    /// <exception cref="ModelException">A token is not of the vocabulary.</exception>
    public LayerByLayer(Qwen2Config config, IWeightSource source, IBackend backend, ReadOnlySpan<int> tokens)
    {
        (_config, _source, _backend, _allocations) = (config, source, backend, new(backend));
        int length = Math.Min(LongestSequence, config.ContextLength);
        // A sequence of one token would be decoded, not prefilled.
        if (tokens.Length % length == 1) tokens = tokens[..^1];
        Tokens = tokens.Length;
        int sequences = (Tokens + length - 1) / length;
        _starts = [.. Enumerable.Range(0, sequences).Select(s => s * length), Tokens];
        _lengths = [.. Enumerable.Range(0, sequences).Select(s => _starts[s + 1] - _starts[s])];
        try
        {
            _cache = new(backend, CacheFormat.BFloat16, 1, PageSize, sequences * Pages, config.KvHeads, config.HeadSize);
            _residual = Device("residual", Embedded(tokens), Tokens, config.HiddenSize);
            // The first layer adds a delta that is zero.
            _delta = Device("delta", new float[Tokens * config.HiddenSize], Tokens, config.HiddenSize);
            var (cos, sin) = config.Rope.Tables(length, config.HeadSize);
            _cos = Device("cos", cos, length, config.HeadSize / 2);
            _sin = Device("sin", sin, length, config.HeadSize / 2);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Tokens of the text that are used.</summary>
    public int Tokens { get; }

    /// <summary>Runs the next layer.</summary>
    public LayerInputs Next()
    {
        var graph = new Graph.Graph();
        var batch = new StepBatch(graph);
        int layer = _layer++, q = _config.Heads * _config.HeadSize;
        Tensor Observed(string name, int columns) => graph.Output(name, ElementType.BFloat16, batch.Tokens, columns);
        var activations = Qwen2Activations.Temporaries(graph, _config, batch) with
        {
            Residual = _residual,
            Delta = _delta,
            AttentionInput = Observed("attentionInput", _config.HiddenSize),
            Attended = Observed("attended", q),
            MlpInput = Observed("mlpInput", _config.HiddenSize),
            DownInput = Observed("downInput", _config.IntermediateSize),
        };

        using var weights = new DeviceAllocations(_backend);
        var (keys, values) = _cache.Layers[0];
        new Qwen2Block(graph, _config, batch, activations).Add(Load(layer, weights), keys, values, _cos, _sin, isFirst: false);
        using var runner = new GraphRunner(graph, _backend, [[Tokens, Sequences, Sequences + 1, Pages, Tokens, Sequences, 1, _lengths[0], 1, 1]]);
        runner.Bind([Tokens, Sequences, Sequences + 1, Pages, Tokens, Sequences, 0, _lengths[0], 1, 0]);
        runner.Write<int>(batch.Positions, [.. Enumerable.Range(0, Tokens).Select(t => t % _lengths[0])]);
        runner.Write<int>(batch.SequenceOfToken, [.. Enumerable.Range(0, Tokens).Select(t => t / _lengths[0])]);
        runner.Write<int>(batch.Starts, _starts);
        runner.Write<int>(batch.Lengths, _lengths);
        runner.Write<int>(batch.PageTable, [.. Enumerable.Range(0, Sequences * Pages)]);
        runner.Run();

        BFloat16[] Read(Tensor tensor, int columns)
        {
            var rows = new BFloat16[Tokens * columns];
            runner.Read<BFloat16>(tensor, rows);
            return rows;
        }
        return new(
            Read(activations.AttentionInput, _config.HiddenSize), Read(activations.Attended, q),
            Read(activations.MlpInput, _config.HiddenSize), Read(activations.DownInput, _config.IntermediateSize));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cache?.Dispose();
        _allocations.Dispose();
    }

    private int Sequences => _lengths.Length;

    private int Pages => (_lengths[0] + PageSize - 1) / PageSize;

    private Qwen2Layer Load(int layer, DeviceAllocations allocations)
    {
        var tensors = Qwen2Tensors.OfLayer(_config, layer).ToDictionary(static t => t.Name, t => _source.Get(t.Name, t.Shape), StringComparer.Ordinal);
        var plans = Qwen2Tensors.MatricesOfLayer(layer).Select(names => MatrixPlan.Of(names[0], Array.ConvertAll(names, n => tensors[n]), WeightFormat.BFloat16)).ToArray();
        var loader = new WeightLoader(tensors, _backend, allocations, ActivationFormat.Int8);
        return Qwen2Layer.Load(loader, loader.Matrices(plans, cache: null), layer);
    }

    private float[] Embedded(ReadOnlySpan<int> tokens)
    {
        var table = _source.Get(Qwen2Tensors.Embedding, _config.VocabularySize, _config.HiddenSize);
        int unknown = tokens.IndexOfAnyExceptInRange(0, _config.VocabularySize - 1);
        if (unknown >= 0)
            throw new ModelException(_source.Path, $"the text has token {tokens[unknown]}, vocab_size is {_config.VocabularySize}: are tokenizer and weights of one model?");
        var rows = new float[tokens.Length * _config.HiddenSize];
        for (int t = 0; t < tokens.Length; t++) table.Read(tokens[t], 1, rows.AsSpan(t * _config.HiddenSize, _config.HiddenSize));
        return rows;
    }

    private Tensor Device(string name, float[] values, int rows, int columns)
    {
        var bytes = MemoryMarshal.AsBytes<float>(values);
        var buffer = _allocations.Allocate(bytes.Length, name);
        _backend.Upload(bytes, buffer);
        return Tensor.Of(name, ElementType.Float32, buffer, 0, rows, columns);
    }
}
