using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Gguf;

public sealed class GgufConfigTests
{
    // QwQ's sizes, but few tokens.
    private static Dictionary<string, object?> Good() => new()
    {
        ["general.architecture"] = "qwen2",
        ["qwen2.block_count"] = 64u,
        ["qwen2.context_length"] = 40960u,
        ["qwen2.embedding_length"] = 5120u,
        ["qwen2.feed_forward_length"] = 27648u,
        ["qwen2.attention.head_count"] = 40u,
        ["qwen2.attention.head_count_kv"] = 8u,
        ["qwen2.attention.layer_norm_rms_epsilon"] = 1e-5f,
        ["qwen2.rope.freq_base"] = 1e6f,
        ["tokenizer.ggml.tokens"] = new[] { "a", "<|endoftext|>", "<|im_end|>", "b" },
        ["tokenizer.ggml.eos_token_id"] = 2u,
    };

    private static Qwen2Config Read(params (string Key, object? Value)[] changes) => Read(static w => w.Tensor("token_embd.weight", 0, [5, 2], new byte[40]), changes);

    private static Qwen2Config Read(Action<GgufWriter> tensors, params (string Key, object? Value)[] changes)
    {
        var pairs = Good();
        foreach (var (key, value) in changes) pairs[key] = value;
        var writer = new GgufWriter();
        foreach (var (key, value) in pairs)
            if (value != null) writer.Add(key, value);
        tensors(writer);
        using var file = writer.ToFiles().Open();
        return GgufConfig.Read(file);
    }

    [Fact]
    public void Read_QwqMetadata_HasItsShape()
    {
        var config = Read();
        Assert.Equal((5, 5120, 27648, 64), (config.VocabularySize, config.HiddenSize, config.IntermediateSize, config.Layers));
        Assert.Equal((40, 8, 128, 1e-5f), (config.Heads, config.KvHeads, config.HeadSize, config.Epsilon));
        Assert.Equal((40960, true, 1e6), (config.ContextLength, config.TiedEmbeddings, config.Rope.Theta));
        Assert.Null(config.Rope.Yarn);
        Assert.Equal([2, 1], config.StopTokens);
    }

    [Fact]
    public void Read_HeadTensor_UntiesTheEmbeddings() =>
        Assert.False(Read(static w => w.Tensor("token_embd.weight", 0, [5, 2], new byte[40]).Tensor("output.weight", 0, [5, 2], new byte[40])).TiedEmbeddings);

    [Fact]
    public void Read_OptionalKeys_AreTakenWhereTheyAreThere()
    {
        var config = Read(("qwen2.attention.key_length", 64u), ("qwen2.attention.value_length", 64u), ("qwen2.rope.dimension_count", 64u),
            ("qwen2.attention.head_count_kv", null), ("qwen2.rope.freq_base", null), ("tokenizer.ggml.eot_token_id", 0u), ("qwen2.attention.sliding_window", 40960u));
        Assert.Equal((64, 40, 10_000), (config.HeadSize, config.KvHeads, config.Rope.Theta));
        Assert.Equal([2, 0, 1], config.StopTokens);
    }

    [Fact]
    public void Read_NoTokenizer_HasNoStopTokens() =>
        Assert.Empty(Read(("tokenizer.ggml.tokens", null), ("tokenizer.ggml.eos_token_id", null)).StopTokens);

    [Fact]
    public void Read_Yarn_IsTheOneOfTheFolder()
    {
        var config = Read(("qwen2.rope.scaling.type", "yarn"), ("qwen2.rope.scaling.factor", 4f), ("qwen2.rope.scaling.original_context_length", 32768u));
        Assert.Equal(131072, config.ContextLength);
        Assert.Equal(new YarnConfig(4, 32768, 32, 1, 0.1 * Math.Log(4) + 1), config.Rope.Yarn);

        var changed = Read(("qwen2.rope.scaling.type", "yarn"), ("qwen2.rope.scaling.factor", 2f), ("qwen2.rope.scaling.yarn_beta_fast", 16f),
            ("qwen2.rope.scaling.yarn_beta_slow", 2f), ("qwen2.rope.scaling.attn_factor", 0.5f), ("qwen2.rope.scaling.yarn_ext_factor", 1f));
        Assert.Equal(new YarnConfig(2, 40960, 16, 2, 0.5 * (0.1 * Math.Log(2) + 1)), changed.Rope.Yarn);
    }

    public static TheoryData<string, object?, string> Faults => new()
    {
        { "general.architecture", "llama", "general.architecture is 'llama'; it must be qwen2" },
        { "general.architecture", null, "general.architecture is missing; it must be qwen2" },
        { "general.architecture", 1, "general.architecture is 1; it must be a string" },
        { "split.count", (ushort)3, "split.count is 3; it must be 1: join the parts" },
        { "qwen2.block_count", null, "qwen2.block_count is missing; it must be an integer from 1 to 4096" },
        { "qwen2.block_count", 0u, "qwen2.block_count is 0; it must be an integer from 1 to 4096" },
        { "qwen2.embedding_length", "5120", "qwen2.embedding_length is '5120'; it must be an integer from 1 to 1048576" },
        { "qwen2.embedding_length", 5121u, "qwen2.embedding_length is 5121; it must be a multiple of attention.head_count = 40" },
        { "qwen2.feed_forward_length", null, "qwen2.feed_forward_length is missing" },
        { "qwen2.context_length", ulong.MaxValue, "qwen2.context_length is 18446744073709551615; it must be an integer from 1 to 16777216" },
        { "qwen2.attention.head_count", -1, "qwen2.attention.head_count is -1" },
        { "qwen2.attention.head_count_kv", 7u, "qwen2.attention.head_count_kv is 7; it must be a divisor of attention.head_count = 40" },
        { "qwen2.attention.head_count_kv", 80u, "qwen2.attention.head_count_kv is 80; it must be an integer from 1 to 40" },
        { "qwen2.attention.key_length", 127u, "qwen2.attention.key_length is 127; it must be even" },
        { "qwen2.attention.value_length", 64u, "qwen2.attention.value_length is 64; it must be 128, the size of a head" },
        { "qwen2.rope.dimension_count", 64u, "qwen2.rope.dimension_count is 64; it must be 128, the size of a head" },
        { "qwen2.attention.layer_norm_rms_epsilon", null, "qwen2.attention.layer_norm_rms_epsilon is missing; it must be a number from 0 to 1" },
        { "qwen2.attention.layer_norm_rms_epsilon", float.NaN, "qwen2.attention.layer_norm_rms_epsilon is NaN" },
        { "qwen2.rope.freq_base", float.PositiveInfinity, "qwen2.rope.freq_base is Infinity; it must be a number from 2" },
        { "qwen2.rope.scale_linear", 4f, "qwen2.rope.scale_linear is 4; it must be 1" },
        { "qwen2.rope.scaling.type", "linear", "qwen2.rope.scaling.type is 'linear'; it must be none or yarn" },
        { "qwen2.rope.scaling.type", "yarn", "qwen2.rope.scaling.factor is missing" },
        { "qwen2.attention.sliding_window", 4096u, "qwen2.attention.sliding_window is 4096; it must be absent or at least context_length = 40960" },
        { "tokenizer.ggml.eos_token_id", 5u, "tokenizer.ggml.eos_token_id is 5; it must be an integer from 0 to 4" },
        { "tokenizer.ggml.tokens", new[] { "a", "b", "c", "d", "e", "f" }, "tokenizer.ggml.tokens is 6 long; it must be at most 5 long" },
        { "tokenizer.ggml.tokens", "abc", "tokenizer.ggml.tokens is 'abc'; it must be an array of strings" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Read_BadKey_NamesFileKeyValueAndWhatIsAllowed(string key, object? value, string fault) =>
        Assert.StartsWith($"{MemoryFiles.File}: {fault}", Assert.ThrowsAny<ModelException>(() => Read((key, value))).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_YarnThatIsNotTheUsualOne_IsRefused()
    {
        var error = Assert.ThrowsAny<ModelException>(() => Read(
            ("qwen2.rope.scaling.type", "yarn"), ("qwen2.rope.scaling.factor", 4f), ("qwen2.rope.scaling.yarn_log_multiplier", 0.1f)));
        Assert.Contains("qwen2.rope.scaling.yarn_log_multiplier is 0.1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoEmbedding_SaysSo()
    {
        Assert.Contains("tensor 'token_embd.weight' is missing", Assert.Throws<ModelException>(() => Read(static _ => { })).Message, StringComparison.Ordinal);
        Assert.Contains("tensor 'token_embd.weight' is of shape [2]", Assert.Throws<ModelException>(
            () => Read(static w => w.Tensor("token_embd.weight", 0, [2], new byte[8]))).Message, StringComparison.Ordinal);
    }
}
