using Kernels;
using KernelDsl.Runtime.Graph;

namespace KernelDsl.Runtime.Model;

/// <summary>One step of a Qwen2 model as a graph (Qwen2 technical report, section 2; Llama's block with biases on queries, keys and values).</summary>
sealed class Qwen2Graph
{
    private readonly Graph.Graph _graph = new();
    private readonly Qwen2Config _config;
    private readonly StepBatch _batch;
    private readonly Tensor _partial, _maxima, _sums;

    public Qwen2Graph(Qwen2Config c, Qwen2Weights weights, KvCache cache, int sampledVocabulary)
    {
        var g = _graph;
        var batch = _batch = new StepBatch(g);
        _config = c;
        int lanes = c.HeadSize, qWidth = c.Heads * lanes, kvWidth = c.KvHeads * lanes;

        var residual = g.Temporary("residual", ElementType.Float32, batch.Tokens, c.HiddenSize);
        var h = g.Temporary("h", ElementType.BFloat16, batch.Tokens, c.HiddenSize);
        var delta = g.Temporary("delta", ElementType.Float32, batch.Tokens, c.HiddenSize);
        var qkv = g.Temporary("qkv", ElementType.BFloat16, batch.Tokens, qWidth + 2 * kvWidth);
        var o = g.Temporary("o", ElementType.BFloat16, batch.Tokens, qWidth);
        var gateUp = g.Temporary("gateUp", ElementType.BFloat16, batch.Tokens, 2 * c.IntermediateSize);
        var act = g.Temporary("act", ElementType.BFloat16, batch.Tokens, c.IntermediateSize);
        _partial = g.Temporary("partial", ElementType.Float32, batch.Splits, batch.DecodeSequences, c.Heads, lanes);
        _maxima = g.Temporary("maxima", ElementType.Float32, batch.Splits, batch.DecodeSequences, c.Heads);
        _sums = g.Temporary("sums", ElementType.Float32, batch.Splits, batch.DecodeSequences, c.Heads);

        // Queries, keys and values lie side by side in a row of qkv; the first two rotate.
        var queries = qkv.Slice(1, 0, qWidth).SplitLast(lanes);
        var keys = qkv.Slice(1, qWidth, kvWidth).SplitLast(lanes);
        var values = qkv.Slice(1, qWidth + kvWidth, kvWidth).SplitLast(lanes);
        var rotated = qkv.Slice(1, 0, qWidth + kvWidth).SplitLast(lanes);

        g.Embed(batch.TokenIds, weights.Embedding, residual);
        foreach (var (layer, (keyPages, valuePages)) in weights.Layers.Zip(cache.Layers))
        {
            var keyCache = new PagedTensor(keyPages, batch.PageTable);
            var valueCache = new PagedTensor(valuePages, batch.PageTable);

            if (layer == weights.Layers[0]) g.RmsNorm(residual, layer.InputNorm, h, c.Epsilon);
            else g.AddRmsNorm(delta, residual, layer.InputNorm, h, c.Epsilon);
            g.LinearBias(h, layer.Qkv, layer.QkvBias, qkv);
            g.Rope(rotated, batch.Positions, weights.Cos, weights.Sin, lanes);
            g.Write(keys, values, keyCache, valueCache, batch.SequenceOfToken, batch.Positions, lanes);
            Attention(queries, keyCache, valueCache, o.SplitLast(lanes));
            g.LinearFloat(o, layer.Output, delta);
            g.AddRmsNorm(delta, residual, layer.PostNorm, h, c.Epsilon);
            g.Linear(h, layer.GateUp, gateUp);
            g.SwiGlu(gateUp, act);
            g.LinearFloat(act, layer.Down, delta);
        }
        g.AddRmsNorm(delta, residual, weights.FinalNorm, h, c.Epsilon);

        var wanted = g.Temporary("wanted", ElementType.BFloat16, batch.LogitRows, c.HiddenSize);
        int blocks = (sampledVocabulary + Sampling.ArgMaxBlock - 1) / Sampling.ArgMaxBlock;
        Logits = g.Output("logits", ElementType.Float32, batch.LogitRows, c.VocabularySize);
        Maxima = g.Output("blockMaxima", ElementType.Float32, batch.LogitRows, blocks);
        Indices = g.Output("blockIndices", ElementType.Int32, batch.LogitRows, blocks);
        ArgMaxBlocks = blocks;

        g.GatherRows(h, batch.Rows, wanted);
        g.LinearFloat(wanted, weights.Head, Logits);
        g.ArgMax(Logits.Slice(1, 0, sampledVocabulary), Maxima, Indices);
    }

    public Graph.Graph Graph => _graph;

    public StepBatch Batch => _batch;

    /// <summary>[LogitRows, vocabulary].</summary>
    public Tensor Logits { get; }

    /// <summary>Largest logit of each block of each row: [LogitRows, <see cref="ArgMaxBlocks"/>].</summary>
    public Tensor Maxima { get; }

    /// <summary>The first index of it: [LogitRows, <see cref="ArgMaxBlocks"/>].</summary>
    public Tensor Indices { get; }

    /// <summary>Blocks of a row of logits.</summary>
    public int ArgMaxBlocks { get; }

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
