namespace KernelDsl.Runtime.Model;

/// <summary>The tensors of a Qwen2 checkpoint: names as transformers writes them, shapes as the configuration has them.</summary>
public static class Qwen2Tensors
{
    /// <summary>The token embedding, [vocabulary, hidden].</summary>
    public const string Embedding = "model.embed_tokens.weight";

    /// <summary>The output projection of untied models, [vocabulary, hidden].</summary>
    public const string Head = "lm_head.weight";

    /// <summary>The norm before the output projection, [hidden].</summary>
    public const string FinalNorm = "model.norm.weight";

    /// <summary>A tensor of a layer.</summary>
    public static string Layer(int layer, string name) => $"model.layers.{layer}.{name}";

    /// <summary>Every tensor the model needs, with its shape; one dimension for norms and biases.</summary>
    public static IEnumerable<(string Name, int[] Shape)> All(Qwen2Config c)
    {
        yield return (Embedding, [c.VocabularySize, c.HiddenSize]);
        if (!c.TiedEmbeddings) yield return (Head, [c.VocabularySize, c.HiddenSize]);
        yield return (FinalNorm, [c.HiddenSize]);
        for (int layer = 0; layer < c.Layers; layer++)
            foreach (var tensor in OfLayer(c, layer)) yield return tensor;
    }

    /// <summary>The tensors of a layer.</summary>
    public static IEnumerable<(string Name, int[] Shape)> OfLayer(Qwen2Config c, int layer)
    {
        int q = c.Heads * c.HeadSize, kv = c.KvHeads * c.HeadSize;
        yield return (Layer(layer, "input_layernorm.weight"), [c.HiddenSize]);
        yield return (Layer(layer, "self_attn.q_proj.weight"), [q, c.HiddenSize]);
        yield return (Layer(layer, "self_attn.k_proj.weight"), [kv, c.HiddenSize]);
        yield return (Layer(layer, "self_attn.v_proj.weight"), [kv, c.HiddenSize]);
        yield return (Layer(layer, "self_attn.q_proj.bias"), [q]);
        yield return (Layer(layer, "self_attn.k_proj.bias"), [kv]);
        yield return (Layer(layer, "self_attn.v_proj.bias"), [kv]);
        yield return (Layer(layer, "self_attn.o_proj.weight"), [c.HiddenSize, q]);
        yield return (Layer(layer, "post_attention_layernorm.weight"), [c.HiddenSize]);
        yield return (Layer(layer, "mlp.gate_proj.weight"), [c.IntermediateSize, c.HiddenSize]);
        yield return (Layer(layer, "mlp.up_proj.weight"), [c.IntermediateSize, c.HiddenSize]);
        yield return (Layer(layer, "mlp.down_proj.weight"), [c.HiddenSize, c.IntermediateSize]);
    }

    /// <summary>The packed matrices, each as the tensors that it is made of; one is called by its first tensor's name.</summary>
    public static IEnumerable<string[]> Matrices(Qwen2Config c)
    {
        yield return [Embedding];
        if (!c.TiedEmbeddings) yield return [Head];
        for (int layer = 0; layer < c.Layers; layer++)
            foreach (string[] names in MatricesOfLayer(layer)) yield return names;
    }

    /// <summary>Those of one layer.</summary>
    public static IEnumerable<string[]> MatricesOfLayer(int layer)
    {
        yield return [Layer(layer, "self_attn.q_proj.weight"), Layer(layer, "self_attn.k_proj.weight"), Layer(layer, "self_attn.v_proj.weight")];
        yield return [Layer(layer, "self_attn.o_proj.weight")];
        yield return [Layer(layer, "mlp.gate_proj.weight")];
        yield return [Layer(layer, "mlp.up_proj.weight")];
        yield return [Layer(layer, "mlp.down_proj.weight")];
    }

    /// <summary>Checks that every tensor is there with its shape and a usable dtype; tensors that the model does not use are ignored.</summary>
    /// <exception cref="ModelException">Names the file, the tensor, what it is and what it must be.</exception>
    public static void Check(CheckpointFiles checkpoint, Qwen2Config config)
    {
        foreach (var (name, shape) in All(config)) Get(checkpoint, name, shape);
    }

    /// <summary>A tensor of floats, checked.</summary>
    /// <exception cref="ModelException">Names the file, the tensor, what it is and what it must be.</exception>
    internal static (SafeTensorsFile File, TensorEntry Entry) Get(CheckpointFiles checkpoint, string name, ReadOnlySpan<int> shape)
    {
        if (!checkpoint.TryGet(name, out var tensor))
            throw new ModelException(checkpoint.Path, $"tensor {Text.Quote(name)} is missing; {Qwen2Config.FileName} asks for one of shape {Text.Shape(shape)}");
        if (tensor.Entry.Element == null)
            throw new ModelException(tensor.File.Path, $"tensor {Text.Quote(name)} has dtype {tensor.Entry.DType}; weights must be BF16, F16 or F32");
        if (tensor.Entry.HasShape(shape)) return tensor;

        var hint = name is Embedding or Head && tensor.Entry.Shape.Length == 2 && tensor.Entry.Shape.Span[0] != (ulong)shape[0]
            ? $": vocab_size is {shape[0]}, the table has {tensor.Entry.Shape.Span[0]} rows" : "";
        throw new ModelException(tensor.File.Path, $"tensor {Text.Quote(name)} has shape {Text.Shape(tensor.Entry.Shape.Span)}; {Qwen2Config.FileName} asks for {Text.Shape(shape)}{hint}");
    }
}
