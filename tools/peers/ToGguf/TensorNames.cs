using KernelDsl.Runtime.Model;

namespace KernelDsl.Tools.Peers.ToGguf;

/// <summary>Names of a Qwen2 model's tensors in GGUF, from their names in transformers.</summary>
static class TensorNames
{
    private static readonly Dictionary<string, string> _parts = new()
    {
        ["input_layernorm"] = "attn_norm",
        ["self_attn.q_proj"] = "attn_q",
        ["self_attn.k_proj"] = "attn_k",
        ["self_attn.v_proj"] = "attn_v",
        ["self_attn.o_proj"] = "attn_output",
        ["post_attention_layernorm"] = "ffn_norm",
        ["mlp.gate_proj"] = "ffn_gate",
        ["mlp.up_proj"] = "ffn_up",
        ["mlp.down_proj"] = "ffn_down",
    };

    /// <summary>The name in GGUF.</summary>
    public static string Of(string name)
    {
        switch (name)
        {
            case Qwen2Tensors.Embedding: return "token_embd.weight";
            case Qwen2Tensors.Head: return "output.weight";
            case Qwen2Tensors.FinalNorm: return "output_norm.weight";
        }

        // model.layers.LAYER.PART.weight or .bias
        var pieces = name.Split('.');
        return $"blk.{pieces[2]}.{_parts[string.Join('.', pieces[3..^1])]}.{pieces[^1]}";
    }
}
