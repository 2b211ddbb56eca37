using Kernels;
using KernelDsl.Runtime.Graph;

namespace KernelDsl.Runtime.Model;

/// <summary>What a layer computes on its way, for the new tokens of a step. Tensors of different layers may be the same memory.</summary>
/// <param name="Residual">The residual stream, float [tokens, hidden].</param>
/// <param name="Delta">What is still to be added to it, float [tokens, hidden].</param>
/// <param name="AttentionInput">Into queries, keys and values, bf16 [tokens, hidden].</param>
/// <param name="Qkv">Queries, keys and values side by side, bf16 [tokens, (heads + 2 · kvHeads) · lanes].</param>
/// <param name="Attended">Into the output projection, bf16 [tokens, heads · lanes].</param>
/// <param name="MlpInput">Into gate and up, bf16 [tokens, hidden].</param>
/// <param name="DownInput">silu(gate) · up, bf16 [tokens, intermediate].</param>
sealed record Qwen2Activations(
    Tensor Residual, Tensor Delta, Tensor AttentionInput, Tensor Qkv, Tensor Attended, Tensor MlpInput, Tensor DownInput)
{
    /// <summary>All as temporaries; both norms write the same one.</summary>
    public static Qwen2Activations Temporaries(Graph.Graph g, Qwen2Config c, StepBatch batch)
    {
        int qWidth = c.Heads * c.HeadSize, kvWidth = c.KvHeads * c.HeadSize;
        var residual = g.Temporary("residual", ElementType.Float32, batch.Tokens, c.HiddenSize);
        var h = g.Temporary("h", ElementType.BFloat16, batch.Tokens, c.HiddenSize);
        return new(
            residual,
            g.Temporary("delta", ElementType.Float32, batch.Tokens, c.HiddenSize),
            h,
            g.Temporary("qkv", ElementType.BFloat16, batch.Tokens, qWidth + 2 * kvWidth),
            g.Temporary("o", ElementType.BFloat16, batch.Tokens, qWidth),
            h,
            g.Temporary("act", ElementType.BFloat16, batch.Tokens, c.IntermediateSize));
    }
}

/// <summary>Appends layers to a graph (Qwen2 technical report, section 2; Llama's block with biases on queries, keys and values).</summary>
sealed class Qwen2Block
{
    private readonly Graph.Graph _graph;
    private readonly Qwen2Config _config;
    private readonly StepBatch _batch;
    private readonly Qwen2Activations _activations;
    private readonly Tensor _partial, _maxima, _sums;

    public Qwen2Block(Graph.Graph graph, Qwen2Config c, StepBatch batch, Qwen2Activations activations)
    {
        (_graph, _config, _batch, _activations) = (graph, c, batch, activations);
        _partial = graph.Temporary("partial", ElementType.Float32, batch.Splits, batch.DecodeSequences, c.Heads, c.HeadSize);
        _maxima = graph.Temporary("maxima", ElementType.Float32, batch.Splits, batch.DecodeSequences, c.Heads);
        _sums = graph.Temporary("sums", ElementType.Float32, batch.Splits, batch.DecodeSequences, c.Heads);
    }

    /// <summary>
    /// One layer: reads the residual stream and, unless it is the model's first, the delta of the layer before; leaves its own delta.
    /// </summary>
    public void Add(Qwen2Layer layer, PageStore keyPages, PageStore valuePages, Tensor cos, Tensor sin, bool isFirst)
    {
        var (g, c, batch, a) = (_graph, _config, _batch, _activations);
        int lanes = c.HeadSize, qWidth = c.Heads * lanes, kvWidth = c.KvHeads * lanes;

        // Queries, keys and values lie side by side in a row of qkv; the first two rotate.
        var queries = a.Qkv.Slice(1, 0, qWidth).SplitLast(lanes);
        var keys = a.Qkv.Slice(1, qWidth, kvWidth).SplitLast(lanes);
        var values = a.Qkv.Slice(1, qWidth + kvWidth, kvWidth).SplitLast(lanes);
        var rotated = a.Qkv.Slice(1, 0, qWidth + kvWidth).SplitLast(lanes);
        var keyCache = new PagedTensor(keyPages, batch.PageTable);
        var valueCache = new PagedTensor(valuePages, batch.PageTable);

        if (isFirst) g.RmsNorm(a.Residual, layer.InputNorm, a.AttentionInput, c.Epsilon);
        else g.AddRmsNorm(a.Delta, a.Residual, layer.InputNorm, a.AttentionInput, c.Epsilon);
        g.LinearBias(a.AttentionInput, layer.Qkv, layer.QkvBias, a.Qkv);
        g.Rope(rotated, batch.Positions, cos, sin, lanes);
        g.Write(keys, values, keyCache, valueCache, batch.SequenceOfToken, batch.Positions, lanes);
        Attention(queries, keyCache, valueCache, a.Attended.SplitLast(lanes));
        g.LinearFloat(a.Attended, layer.Output, a.Delta);
        g.AddRmsNorm(a.Delta, a.Residual, layer.PostNorm, a.MlpInput, c.Epsilon);
        g.SwiGlu(a.MlpInput, layer.Gate, layer.Up, a.DownInput);
        g.LinearFloat(a.DownInput, layer.Down, a.Delta);
    }

    private void Attention(Tensor q, PagedTensor keys, PagedTensor values, Tensor o)
    {
        int lanes = _config.HeadSize, group = _config.Heads / _config.KvHeads;

        _graph.Prefill(
            q.Slice(0, 0, _batch.PrefillTokens), keys.Sequences(0, _batch.PrefillSequences), values.Sequences(0, _batch.PrefillSequences),
            o.Slice(0, 0, _batch.PrefillTokens), _batch.Starts, _batch.Lengths.Slice(0, 0, _batch.PrefillSequences), _batch.Longest, _config.Scale, lanes);

        var (first, count) = (_batch.PrefillSequences, _batch.DecodeSequences);
        _graph.Decode(
            q.Slice(0, _batch.PrefillTokens, count), keys.Sequences(first, count), values.Sequences(first, count),
            _partial, _maxima, _sums, _batch.Lengths.Slice(0, first, count), _batch.Splits, _config.Scale, lanes, group);
        _graph.DecodeJoin(_partial, _maxima, _sums, o.Slice(0, _batch.PrefillTokens, count), _batch.Splits, lanes);
    }
}
