namespace KernelDsl.Runtime.Model;

/// <summary>The tensors of a Qwen2 model in a GGUF file: llama.cpp's names for transformers' (<see cref="Qwen2Tensors"/>).</summary>
public static class GgufTensorNames
{
    /// <summary>llama.cpp's name of the token embedding.</summary>
    public const string Embedding = "token_embd.weight";

    /// <summary>llama.cpp's name of the output projection; absent where the embedding is used.</summary>
    public const string Head = "output.weight";

    private const string LayerPrefix = "model.layers.";

    private static readonly Dictionary<string, string> OfModel = new(StringComparer.Ordinal)
    {
        [Qwen2Tensors.Embedding] = Embedding,
        [Qwen2Tensors.Head] = Head,
        [Qwen2Tensors.FinalNorm] = "output_norm.weight",
    };

    private static readonly Dictionary<string, string> OfLayer = new(StringComparer.Ordinal)
    {
        ["input_layernorm.weight"] = "attn_norm.weight",
        ["self_attn.q_proj.weight"] = "attn_q.weight",
        ["self_attn.q_proj.bias"] = "attn_q.bias",
        ["self_attn.k_proj.weight"] = "attn_k.weight",
        ["self_attn.k_proj.bias"] = "attn_k.bias",
        ["self_attn.v_proj.weight"] = "attn_v.weight",
        ["self_attn.v_proj.bias"] = "attn_v.bias",
        ["self_attn.o_proj.weight"] = "attn_output.weight",
        ["post_attention_layernorm.weight"] = "ffn_norm.weight",
        ["mlp.gate_proj.weight"] = "ffn_gate.weight",
        ["mlp.up_proj.weight"] = "ffn_up.weight",
        ["mlp.down_proj.weight"] = "ffn_down.weight",
    };

    /// <summary>The name in a GGUF file.</summary>
    /// <param name="name">transformers' name, one of <see cref="Qwen2Tensors.All"/>.</param>
    /// <exception cref="ArgumentException">It is none of a Qwen2 model's.</exception>
    public static string Of(string name)
    {
        if (OfModel.TryGetValue(name, out string? known)) return known;
        if (name.StartsWith(LayerPrefix, StringComparison.Ordinal) && name.IndexOf('.', LayerPrefix.Length) is > 0 and var dot
            && OfLayer.TryGetValue(name[(dot + 1)..], out known))
            return $"blk.{name.AsSpan(LayerPrefix.Length, dot - LayerPrefix.Length)}.{known}";
        throw new ArgumentException($"'{name}' is not a tensor of a Qwen2 model", nameof(name));
    }

    /// <summary>A tensor by transformers' name.</summary>
    /// <exception cref="ModelException">The file has none.</exception>
    public static GgufTensor Get(GgufFile file, string name)
    {
        string own = Of(name);
        return file.Tensors.TryGetValue(own, out var tensor) ? tensor : throw new ModelException(file.Path, $"tensor {Text.Quote(own)} is missing");
    }

    /// <summary>Checks that every tensor is there with its shape and a type that is loaded; tensors that the model does not use are ignored.</summary>
    /// <exception cref="ModelException">Names the file, the tensor, what it is and what it must be.</exception>
    public static void Check(GgufFile file, Qwen2Config config)
    {
        foreach (var (name, shape) in Qwen2Tensors.All(config)) Get(file, name, shape);
    }

    /// <summary>A tensor by transformers' name, checked.</summary>
    /// <exception cref="ModelException">Names the file, the tensor, what it is and what it must be.</exception>
    internal static GgufTensor Get(GgufFile file, string name, ReadOnlySpan<int> shape)
    {
        string own = Of(name);
        if (!file.Tensors.TryGetValue(own, out var tensor))
            throw new ModelException(file.Path, $"tensor {Text.Quote(own)} is missing; the metadata ask for one of shape {Text.Shape(shape)}");
        if (tensor.Type == null)
            throw new ModelException(file.Path, $"tensor {Text.Quote(own)} has type {tensor.Layout.Name}, which is not supported; use a file with one of {GgufTypes.Loadable}");
        if (!tensor.HasShape(shape))
            throw new ModelException(file.Path, $"tensor {Text.Quote(own)} has shape {Text.Shape(tensor.Shape.Span)}; the metadata ask for {Text.Shape(shape)} (outermost dimension first)");
        return tensor;
    }
}
