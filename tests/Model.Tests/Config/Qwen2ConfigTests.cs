using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Config;

public sealed class Qwen2ConfigTests
{
    private const string Qwq = """
        {"architectures":["Qwen2ForCausalLM"],"bos_token_id":151643,"eos_token_id":151645,"hidden_act":"silu","hidden_size":5120,
        "intermediate_size":27648,"max_position_embeddings":40960,"max_window_layers":64,"model_type":"qwen2","num_attention_heads":40,
        "num_hidden_layers":64,"num_key_value_heads":8,"rms_norm_eps":1e-05,"rope_scaling":null,"rope_theta":1000000.0,
        "sliding_window":32768,"use_sliding_window":false,"tie_word_embeddings":false,"torch_dtype":"bfloat16","vocab_size":152064}
        """;

    [Fact]
    public void Read_QwqConfig_HasItsShape()
    {
        var config = Read(Qwq, """{"eos_token_id":[151645,151643],"temperature":0.6}""");
        Assert.Equal((152064, 5120, 27648, 64), (config.VocabularySize, config.HiddenSize, config.IntermediateSize, config.Layers));
        Assert.Equal((40, 8, 128, 1e-5f), (config.Heads, config.KvHeads, config.HeadSize, config.Epsilon));
        Assert.Equal((40960, false, 1e6), (config.ContextLength, config.TiedEmbeddings, config.Rope.Theta));
        Assert.Null(config.Rope.Yarn);
        Assert.Equal([151645, 151643], config.StopTokens);
    }

    [Fact]
    public void Read_NoGenerationConfig_TakesTheStopTokenOfTheConfig() => Assert.Equal([151645], Read(Qwq).StopTokens);

    [Theory]
    [InlineData("\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4.0,\"original_max_position_embeddings\":32768}")]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"yarn\",\"factor\":4.0,\"original_max_position_embeddings\":32768}")]
    [InlineData("\"rope_parameters\":{\"rope_type\":\"yarn\",\"rope_theta\":1000000.0,\"factor\":4.0,\"original_max_position_embeddings\":32768}")]
    public void Read_Yarn_ExtendsTheContext(string scaling)
    {
        var config = Read(Qwq.Replace("\"rope_scaling\":null", scaling, StringComparison.Ordinal));
        Assert.Equal(131072, config.ContextLength);
        Assert.Equal(1.1386294, config.Rope.Yarn!.AttentionFactor, 7);
    }

    [Theory]
    [InlineData("\"hidden_size\":5120", "\"hidden_size\":\"5120\"", "hidden_size is \"5120\"; it must be an integer from 1 to 1048576")]
    [InlineData("\"hidden_size\":5120", "\"hidden_size\":-1", "hidden_size is -1")]
    [InlineData("\"hidden_size\":5120,", "", "hidden_size is missing")]
    [InlineData("\"hidden_size\":5120", "\"hidden_size\":5121", "hidden_size is 5121; it must be a multiple of num_attention_heads = 40")]
    [InlineData("\"num_key_value_heads\":8", "\"num_key_value_heads\":7", "num_key_value_heads is 7; it must be a divisor of num_attention_heads = 40")]
    [InlineData("\"num_key_value_heads\":8", "\"num_key_value_heads\":80", "num_key_value_heads is 80; it must be an integer from 1 to 40")]
    [InlineData("Qwen2ForCausalLM", "LlamaForCausalLM", "architectures is 'LlamaForCausalLM'; it must be Qwen2ForCausalLM")]
    [InlineData("\"model_type\":\"qwen2\"", "\"model_type\":\"qwen3\"", "model_type is 'qwen3'; it must be qwen2")]
    [InlineData("\"use_sliding_window\":false", "\"use_sliding_window\":true", "use_sliding_window is true; it must be false")]
    [InlineData("\"torch_dtype\":\"bfloat16\"", "\"torch_dtype\":\"int8\"", "torch_dtype is 'int8'; it must be bfloat16, float16 or float32")]
    [InlineData("\"hidden_act\":\"silu\"", "\"hidden_act\":\"gelu\"", "hidden_act is 'gelu'; it must be silu")]
    [InlineData("\"rope_scaling\":null", "\"rope_scaling\":{\"type\":\"linear\",\"factor\":2}", "rope_scaling.type is 'linear'; it must be default or yarn")]
    [InlineData("\"rope_scaling\":null", "\"rope_scaling\":{\"type\":\"yarn\"}", "rope_scaling.factor is missing")]
    [InlineData("\"rope_scaling\":null", "\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4,\"mscale\":1}", "rope_scaling.mscale is given; it must be absent")]
    [InlineData("\"rope_scaling\":null", "\"quantization_config\":{}", "quantization_config.quant_method is missing; it must be gptq, awq or compressed-tensors")]
    [InlineData("\"eos_token_id\":151645", "\"eos_token_id\":152064", "eos_token_id is 152064; it must be an integer from 0 to 152063")]
    [InlineData("\"rope_theta\":1000000.0", "\"rope_theta\":1e400", "rope_theta is 1e400")]
    [InlineData("\"hidden_act\":\"silu\"", "\"hidden_act\":\"\\ud800\"", "hidden_act is not valid text")]
    public void Read_BadField_NamesFileFieldValueAndWhatIsAllowed(string field, string replacement, string fault)
    {
        Assert.Contains(field, Qwq, StringComparison.Ordinal);
        using var folder = new TemporaryFolder();
        var path = folder.Write("config.json", Qwq.Replace(field, replacement, StringComparison.Ordinal));
        var error = Assert.Throws<ModelException>(() => Qwen2Config.Read(new FolderFiles(folder.Path)));
        Assert.StartsWith($"{path}: {fault}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{\"a\":1}x")]
    [InlineData("{\"\\ud800\":1}")]
    public void Read_NotAJsonObject_SaysSo(string json) =>
        Assert.Contains("JSON", Assert.Throws<ModelException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_DeepJson_IsAnErrorNotAStackOverflow()
    {
        var deep = $"{{\"a\":{new string('[', 1_000_000)}{new string(']', 1_000_000)}}}";
        Assert.Contains("is not valid JSON", Assert.Throws<ModelException>(() => Read(deep)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoFile_SaysWhich()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<ModelException>(() => Qwen2Config.Read(new FolderFiles(folder.Path)));
        Assert.Equal($"{Path.Combine(folder.Path, "config.json")}: no such file", error.Message);
    }

    [Fact]
    public void Read_NoFolder_SaysWhich() =>
        Assert.Contains("no such folder", Assert.Throws<ModelException>(() => new FolderFiles("/nowhere/at/all")).Message, StringComparison.Ordinal);

    private static Qwen2Config Read(string config, string? generation = null)
    {
        using var folder = new TemporaryFolder();
        folder.Write("config.json", config);
        if (generation != null) folder.Write("generation_config.json", generation);
        return Qwen2Config.Read(new FolderFiles(folder.Path));
    }
}
