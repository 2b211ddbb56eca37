using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Gguf;

public sealed class GgufTensorNamesTests
{
    private static readonly Qwen2Config Config = new()
    {
        VocabularySize = 6, HiddenSize = 32, IntermediateSize = 64, Layers = 1, Heads = 2, KvHeads = 1, HeadSize = 16, Epsilon = 1e-6f,
        Rope = new(1e6, null), ContextLength = 128, TiedEmbeddings = true, StopTokens = [],
    };

    [Theory]
    [InlineData("model.embed_tokens.weight", "token_embd.weight")]
    [InlineData("lm_head.weight", "output.weight")]
    [InlineData("model.norm.weight", "output_norm.weight")]
    [InlineData("model.layers.0.input_layernorm.weight", "blk.0.attn_norm.weight")]
    [InlineData("model.layers.31.self_attn.q_proj.weight", "blk.31.attn_q.weight")]
    [InlineData("model.layers.31.self_attn.k_proj.bias", "blk.31.attn_k.bias")]
    [InlineData("model.layers.7.self_attn.v_proj.bias", "blk.7.attn_v.bias")]
    [InlineData("model.layers.7.self_attn.o_proj.weight", "blk.7.attn_output.weight")]
    [InlineData("model.layers.7.post_attention_layernorm.weight", "blk.7.ffn_norm.weight")]
    [InlineData("model.layers.7.mlp.gate_proj.weight", "blk.7.ffn_gate.weight")]
    [InlineData("model.layers.7.mlp.up_proj.weight", "blk.7.ffn_up.weight")]
    [InlineData("model.layers.7.mlp.down_proj.weight", "blk.7.ffn_down.weight")]
    public void Of_TransformersName_IsLlamaCppsName(string name, string own) => Assert.Equal(own, GgufTensorNames.Of(name));

    [Theory]
    [InlineData("model.layers.7.mlp.experts.weight")]
    [InlineData("model.layers.7")]
    [InlineData("blk.0.attn_q.weight")]
    [InlineData("")]
    public void Of_NameOfNoQwen2Tensor_IsRefused(string name) => Assert.Throws<ArgumentException>(() => GgufTensorNames.Of(name));

    [Fact]
    public void Of_EveryTensor_HasItsOwnName()
    {
        var names = Qwen2Tensors.All(Config with { Layers = 12, TiedEmbeddings = false }).Select(static t => GgufTensorNames.Of(t.Name)).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Fact]
    public void Check_WhatFits_IsFine() => Check(null, 8, []);

    [Theory]
    [InlineData("blk.0.attn_q.weight", 10u, "tensor 'blk.0.attn_q.weight' has type Q2_K, which is not supported; use a file with one of F32, F16, Q4_0")]
    [InlineData("blk.0.attn_norm.weight", 26u, "tensor 'blk.0.attn_norm.weight' has type I32, which is not supported")]
    [InlineData("blk.0.ffn_up.weight", 0u, "tensor 'blk.0.ffn_up.weight' has shape [256]; the metadata ask for [64, 32]")]
    [InlineData("output_norm.weight", null, "tensor 'output_norm.weight' is missing; the metadata ask for one of shape [32]")]
    public void Check_WhatDoesNotFit_SaysWhichTensorAndWhy(string name, uint? type, string fault) =>
        Assert.Contains(fault, Assert.Throws<ModelException>(() => Check(name, type, [256])).Message, StringComparison.Ordinal);

    // Every tensor as Q8_0 or F32, but one as it is said.
    private static void Check(string? changed, uint? type, ulong[] shape)
    {
        var writer = new GgufWriter();
        foreach (var (name, dims) in Qwen2Tensors.All(Config))
        {
            string own = GgufTensorNames.Of(name);
            if (own != changed) Add(writer, own, dims.Length == 1 ? 0u : 8u, Array.ConvertAll(dims, static d => (ulong)d));
            else if (type is { } number) Add(writer, own, number, shape);
        }
        using var file = writer.ToFiles().Open();
        GgufTensorNames.Check(file, Config);
    }

    private static void Add(GgufWriter writer, string name, uint type, ulong[] shape)
    {
        var layout = GgufTypes.Find(type)!;
        writer.Tensor(name, type, shape, new byte[layout.RowBytes((long)shape.Aggregate(1ul, static (a, b) => a * b))]);
    }
}
