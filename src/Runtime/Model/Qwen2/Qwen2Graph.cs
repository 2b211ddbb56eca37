using Kernels;
using KernelDsl.Runtime.Graph;

namespace KernelDsl.Runtime.Model;

/// <summary>One step of a Qwen2 model as a graph: embedding, layers, and the logits of the rows that are wanted.</summary>
sealed class Qwen2Graph
{
    public Qwen2Graph(Qwen2Config c, Qwen2Weights weights, KvCache cache, int sampledVocabulary)
    {
        var g = Graph = new();
        var batch = Batch = new StepBatch(g);
        var activations = Qwen2Activations.Temporaries(g, c, batch);
        var (residual, delta, h) = (activations.Residual, activations.Delta, activations.AttentionInput);

        g.Embed(batch.TokenIds, weights.Embedding, residual);
        var block = new Qwen2Block(g, c, batch, activations);
        foreach (var (layer, (keys, values)) in weights.Layers.Zip(cache.Layers))
            block.Add(layer, keys, values, weights.Cos, weights.Sin, layer == weights.Layers[0]);
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

    public Graph.Graph Graph { get; }

    public StepBatch Batch { get; }

    /// <summary>[LogitRows, vocabulary].</summary>
    public Tensor Logits { get; }

    /// <summary>Largest logit of each block of each row: [LogitRows, <see cref="ArgMaxBlocks"/>].</summary>
    public Tensor Maxima { get; }

    /// <summary>The first index of it: [LogitRows, <see cref="ArgMaxBlocks"/>].</summary>
    public Tensor Indices { get; }

    /// <summary>Blocks of a row of logits.</summary>
    public int ArgMaxBlocks { get; }
}
