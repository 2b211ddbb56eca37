using System.Text.Json;
using KernelDsl.Model.Tests.Checkpoint;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Gguf;

/// <summary>The demonstration model as llama.cpp's converter would write it.</summary>
static class DemoGguf
{
    private static readonly Dictionary<GgufType, byte[]> Cache = [];

    /// <summary>The whole file; matrices of the type, vectors in F32.</summary>
    public static byte[] Bytes(GgufType type)
    {
        lock (Cache)
        {
            if (!Cache.TryGetValue(type, out var bytes)) Cache.Add(type, bytes = Write(type));
            return bytes;
        }
    }

    /// <summary>The metadata alone: a file to change or to add tensors to.</summary>
    public static GgufWriter Metadata(string folder, bool hasTemplate = true)
    {
        using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        uint Int(string name) => config.RootElement.GetProperty(name).GetUInt32();
        float Float(string name) => config.RootElement.GetProperty(name).GetSingle();
        using var template = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "tokenizer_config.json")));
        var writer = new GgufWriter()
            .Add("general.architecture", "qwen2").Add("general.name", "Demo").Add("general.quantization_version", 2u).Add("general.file_type", 1u)
            .Add("qwen2.block_count", Int("num_hidden_layers")).Add("qwen2.context_length", Int("max_position_embeddings"))
            .Add("qwen2.embedding_length", Int("hidden_size")).Add("qwen2.feed_forward_length", Int("intermediate_size"))
            .Add("qwen2.attention.head_count", Int("num_attention_heads")).Add("qwen2.attention.head_count_kv", Int("num_key_value_heads"))
            .Add("qwen2.rope.freq_base", Float("rope_theta")).Add("qwen2.attention.layer_norm_rms_epsilon", Float("rms_norm_eps"))
            .Add("tokenizer.ggml.bos_token_id", Int("bos_token_id")).Add("tokenizer.ggml.eos_token_id", Int("eos_token_id"))
            .Add("tokenizer.ggml.add_bos_token", false);
        if (hasTemplate) writer.Add("tokenizer.chat_template", template.RootElement.GetProperty("chat_template").GetString()!);
        return AddTokenizer(writer, folder, (int)Int("vocab_size"));
    }

    /// <summary>The vocabulary of a folder's tokenizer.json, padded to the model's rows.</summary>
    public static GgufWriter AddTokenizer(GgufWriter writer, string folder, int rows)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "tokenizer.json")));
        var tokens = new string[rows];
        var types = new int[rows];
        for (int i = 0; i < rows; i++) (tokens[i], types[i]) = ($"[PAD{i}]", 5);
        foreach (var entry in json.RootElement.GetProperty("model").GetProperty("vocab").EnumerateObject())
            (tokens[entry.Value.GetInt32()], types[entry.Value.GetInt32()]) = (entry.Name, 1);
        foreach (var token in json.RootElement.GetProperty("added_tokens").EnumerateArray())
        {
            int id = token.GetProperty("id").GetInt32();
            (tokens[id], types[id]) = (token.GetProperty("content").GetString()!, token.GetProperty("special").GetBoolean() ? 3 : 4);
        }
        var merges = json.RootElement.GetProperty("model").GetProperty("merges").EnumerateArray()
            .Select(static m => m.ValueKind == JsonValueKind.String ? m.GetString()! : $"{m[0].GetString()} {m[1].GetString()}");
        return writer.Add("tokenizer.ggml.model", "gpt2").Add("tokenizer.ggml.pre", "qwen2")
            .Add("tokenizer.ggml.tokens", tokens).Add("tokenizer.ggml.token_type", types).Add("tokenizer.ggml.merges", merges.ToArray());
    }

    /// <summary>The values of a tensor of the demonstration model by transformers' name.</summary>
    public static float[] Values(CheckpointFiles checkpoint, string name)
    {
        Assert.True(checkpoint.TryGet(name, out var tensor));
        var doubles = ElementReader.ToDoubles(tensor.File.Read(tensor.Entry, 0, (int)tensor.Entry.Bytes), tensor.Entry.DType);
        return Array.ConvertAll(doubles, static v => (float)v);
    }

    private static byte[] Write(GgufType type)
    {
        var writer = Metadata(DemoModel.Folder);
        AddTensors(writer, type);
        return writer.ToArray();
    }

    /// <summary>The tensors; matrices of the type, vectors in F32.</summary>
    public static void AddTensors(GgufWriter writer, GgufType type)
    {
        using var checkpoint = CheckpointFiles.Open(DemoModel.Files);
        foreach (var (name, shape) in Qwen2Tensors.All(Qwen2Config.Read(DemoModel.Files)))
        {
            var own = shape.Length == 1 ? GgufType.F32 : type;
            writer.Tensor(GgufTensorNames.Of(name), (uint)own, Array.ConvertAll(shape, static d => (ulong)d), TestQuantiser.Encode(own, Values(checkpoint, name)));
        }
    }
}
