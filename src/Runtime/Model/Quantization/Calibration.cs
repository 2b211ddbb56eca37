using KernelDsl.Runtime.Backend;

namespace KernelDsl.Runtime.Model;

/// <summary>What calibration multiplies the tensors of a layer with, and what that gained.</summary>
/// <param name="Factors">By tensor name; the layer computes the same with them.</param>
/// <param name="Found">By the part of the layer that reads the inputs: qkv, o, gate and up, down.</param>
sealed record LayerScales(IReadOnlyDictionary<string, ChannelFactors> Factors, IReadOnlyList<(string Part, FoundScales Scales)> Found);

/// <summary>
/// Finds scales for the input channels of a layer's matrices and folds their inverses into what makes the inputs: the norms before qkv and before
/// gate and up, the rows of v before o, the rows of up before down. Heads of a group read one value head, so their channels share a scale.
/// </summary>
sealed class Calibration(Qwen2Config config, IWeightSource source, IBackend backend, ReadOnlySpan<int> tokens, WeightFormat format) : IDisposable
{
    private readonly LayerByLayer _run = new(config, source, backend, tokens);
    private int _layer;

    /// <summary>The next layer.</summary>
    public LayerScales Next()
    {
        int layer = _layer++, hidden = config.HiddenSize, q = config.Heads * config.HeadSize, kv = config.KvHeads * config.HeadSize;
        int intermediate = config.IntermediateSize;
        var x = _run.Next();
        var found = new List<(string, FoundScales)>();
        string Name(string name) => Qwen2Tensors.Layer(layer, name);
        FloatTensor Tensor(string name, params ReadOnlySpan<int> shape) => (FloatTensor)source.Get(Name(name), shape);
        (float[] Scales, float[]? Importance) Find(string part, InputSample inputs, params FloatTensor[] matrices)
        {
            if (format.FaultFor(inputs.Channels) != null) return ([.. Enumerable.Repeat(1f, inputs.Channels)], null);
            var scales = ScaleSearch.Find(matrices, inputs, format);
            found.Add((part, scales));
            return (scales.Scales, scales.Importance);
        }

        var qkv = Find("qkv", InputSample.Of(x.Attention, hidden),
            Tensor("self_attn.q_proj.weight", q, hidden), Tensor("self_attn.k_proj.weight", kv, hidden), Tensor("self_attn.v_proj.weight", kv, hidden));
        var output = Find("o", InputSample.Of(x.Output, q).Shared(config.HeadSize, config.Heads / config.KvHeads), Tensor("self_attn.o_proj.weight", hidden, q));
        var gateUp = Find("gate and up", InputSample.Of(x.Mlp, hidden), Tensor("mlp.gate_proj.weight", intermediate, hidden), Tensor("mlp.up_proj.weight", intermediate, hidden));
        var down = Find("down", InputSample.Of(x.Down, intermediate), Tensor("mlp.down_proj.weight", hidden, intermediate));

        var inputNorm = FoldedNorm.Of(Tensor("input_layernorm.weight", hidden), qkv.Scales);
        var postNorm = FoldedNorm.Of(Tensor("post_attention_layernorm.weight", hidden), gateUp.Scales);
        var values = Inverse(OfValueHeads(output.Scales));
        return new(new Dictionary<string, ChannelFactors>(StringComparer.Ordinal)
        {
            [Name("input_layernorm.weight")] = new(null, inputNorm.Norm),
            [Name("self_attn.q_proj.weight")] = new(null, inputNorm.Scales, qkv.Importance),
            [Name("self_attn.k_proj.weight")] = new(null, inputNorm.Scales, qkv.Importance),
            [Name("self_attn.v_proj.weight")] = new(values, inputNorm.Scales, qkv.Importance),
            [Name("self_attn.v_proj.bias")] = new(null, values),
            [Name("self_attn.o_proj.weight")] = new(null, output.Scales, output.Importance),
            [Name("post_attention_layernorm.weight")] = new(null, postNorm.Norm),
            [Name("mlp.gate_proj.weight")] = new(null, postNorm.Scales, gateUp.Importance),
            [Name("mlp.up_proj.weight")] = new(Inverse(down.Scales), postNorm.Scales, gateUp.Importance),
            [Name("mlp.down_proj.weight")] = new(null, down.Scales, down.Importance),
        }, found);
    }

    /// <inheritdoc/>
    public void Dispose() => _run.Dispose();

    /// <summary>From the channels of query heads to those of the value heads that they read.</summary>
    private float[] OfValueHeads(float[] scales)
    {
        int lanes = config.HeadSize, group = config.Heads / config.KvHeads;
        return [.. Enumerable.Range(0, config.KvHeads * lanes).Select(c => scales[c / lanes * group * lanes + c % lanes])];
    }

    private static float[] Inverse(float[] scales) => Array.ConvertAll(scales, static s => 1 / s);
}

/// <summary>A norm that has taken scales in.</summary>
/// <param name="Norm">What the norm's weights are multiplied with.</param>
/// <param name="Scales">What the channels of the matrices after it are multiplied with.</param>
readonly record struct FoldedNorm(float[] Norm, float[] Scales)
{
    /// <summary>
    /// Norms are stored in few bits. The scales are moved by what the folded norm's rounding takes, so that both together are exact: the matrices
    /// are rounded afterwards anyway.
    /// </summary>
    public static FoldedNorm Of(FloatTensor norm, float[] scales)
    {
        int count = scales.Length;
        float[] weights = new float[count], stored = new float[count], factors = new float[count], moved = new float[count];
        norm.Read(0, 1, weights);
        Elements.ToFloat(Elements.FromFloat([.. weights.Zip(scales, static (w, s) => w / s)], norm.Element), norm.Element, stored);
        for (int i = 0; i < count; i++)
        {
            bool folds = stored[i] != 0 && float.IsFinite(stored[i]);
            factors[i] = folds ? stored[i] / weights[i] : 1;
            moved[i] = folds ? weights[i] / stored[i] : 1;
        }
        return new(factors, moved);
    }
}
