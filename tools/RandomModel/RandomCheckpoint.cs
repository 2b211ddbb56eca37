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
        for (int i = 0; i < tensors.Count; i++) WriteTensor(file, tensors[i].Name, tensors[i].Shape, dtype, seed * 1_000_003 + (ulong)i);
    }

    private static byte[] Config(Shape shape, string dtype)
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
                json.WriteNumberValue(offset += shape.Aggregate(1L, static (a, b) => a * b) * SizeOf(dtype));
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

    private static void WriteTensor(Stream file, string name, int[] shape, string dtype, ulong state)
    {
        // Norm weights lie around 1, biases around 0.
        bool norm = name.EndsWith("norm.weight", StringComparison.Ordinal);
        float scale = norm || shape.Length == 1 ? 0.1f : MathF.Sqrt(3f / shape[^1]), shift = norm ? 1 : 0;
        long count = shape.Aggregate(1L, static (a, b) => a * b);
        int size = SizeOf(dtype);
        var bytes = new byte[(1 << 16) * size];
        for (long done = 0; done < count;)
        {
            int chunk = (int)Math.Min(count - done, 1 << 16);
            for (int i = 0; i < chunk; i++)
            {
                // Uniform in [-1, 1); bf16 holds the sum to eight bits, and so do the others.
                float value = shift + scale * ((Next(ref state) >> 40) * (2f / (1 << 24)) - 1);
                int bits = BitConverter.SingleToInt32Bits(value) & unchecked((int)0xFFFF0000);
                var at = bytes.AsSpan(i * size);
                switch (dtype)
                {
                    case "BF16": BinaryPrimitives.WriteInt16LittleEndian(at, (short)(bits >> 16)); break;
                    case "F16": BinaryPrimitives.WriteHalfLittleEndian(at, (Half)BitConverter.Int32BitsToSingle(bits)); break;
                    default: BinaryPrimitives.WriteInt32LittleEndian(at, bits); break;
                }
            }
            file.Write(bytes, 0, chunk * size);
            done += chunk;
        }
    }

    private static int SizeOf(string dtype) => dtype == "F32" ? 4 : 2;

    // SplitMix64 (Steele, Lea and Flood 2014).
    private static ulong Next(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
