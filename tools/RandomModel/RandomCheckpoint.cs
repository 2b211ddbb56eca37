using System.Buffers.Binary;
using System.Text.Json;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Tools.RandomModel;

/// <summary>
/// Writes a Qwen2 folder with random weights: real shapes without real knowledge, for benchmarks and tests. Matrices have variance 1 / inputs,
/// so activations keep their size through any depth. The same seed gives the same bytes.
/// </summary>
static class RandomCheckpoint
{
    /// <summary>Writes config.json, generation_config.json and model.safetensors.</summary>
    /// <param name="dtype">BF16, F16 or F32; the values are the same (multiples of a power of two that all three can hold).</param>
    public static void Write(string folder, Shape shape, ulong seed = 1, string dtype = "BF16")
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "config.json"), Config(shape, dtype));
        File.WriteAllText(Path.Combine(folder, "generation_config.json"), $"{{\n  \"eos_token_id\": {shape.Vocabulary - 1}\n}}\n");

        var tensors = Qwen2Tensors.All(Qwen2Config.Read(new FolderFiles(folder))).ToList();
        using var file = new BufferedStream(File.Create(Path.Combine(folder, "model.safetensors")), 1 << 20);
        WriteHeader(file, tensors, dtype);
        for (int i = 0; i < tensors.Count; i++)
            foreach (var bytes in RandomBytes.Floats(tensors[i].Name, tensors[i].Shape, dtype, RandomBytes.Seed(seed, i))) file.Write(bytes.Span);
    }

    internal static byte[] Config(Shape shape, string dtype)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new() { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("architectures");
            json.WriteStringValue("Qwen2ForCausalLM");
            json.WriteEndArray();
            json.WriteString("model_type", "qwen2");
            json.WriteString("hidden_act", "silu");
            json.WriteNumber("vocab_size", shape.Vocabulary);
            json.WriteNumber("hidden_size", shape.Hidden);
            json.WriteNumber("intermediate_size", shape.Intermediate);
            json.WriteNumber("num_hidden_layers", shape.Layers);
            json.WriteNumber("num_attention_heads", shape.Heads);
            json.WriteNumber("num_key_value_heads", shape.KvHeads);
            if (shape.HeadSize is { } lanes) json.WriteNumber("head_dim", lanes);
            json.WriteNumber("max_position_embeddings", shape.Context);
            json.WriteNumber("rms_norm_eps", 1e-6);
            json.WriteNumber("rope_theta", shape.Theta);
            json.WriteBoolean("tie_word_embeddings", shape.Tied);
            json.WriteBoolean("use_sliding_window", false);
            json.WriteNumber("eos_token_id", shape.Vocabulary - 1);
            json.WriteString("torch_dtype", dtype switch { "F16" => "float16", "F32" => "float32", _ => "bfloat16" });
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static void WriteHeader(Stream file, List<(string Name, int[] Shape)> tensors, string dtype)
    {
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            long offset = 0;
            json.WriteStartObject();
            foreach (var (name, shape) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", dtype);
                json.WriteStartArray("shape");
                foreach (int dim in shape) json.WriteNumberValue(dim);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += shape.Aggregate(1L, static (a, b) => a * b) * RandomBytes.SizeOf(dtype));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // Spaces, so that the tensors begin at a multiple of eight.
        while (header.Length % 8 != 0) header.WriteByte((byte)' ');
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        file.Write(length);
        header.WriteTo(file);
    }
}
