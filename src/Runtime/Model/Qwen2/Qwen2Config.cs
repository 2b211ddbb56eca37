namespace KernelDsl.Runtime.Model;

/// <summary>
/// The architecture of a Qwen2 model (Qwen2, Qwen2.5, QwQ) as its config.json has it. Field names there follow
/// transformers' Qwen2Config; absent ones take that class's defaults.
/// </summary>
public sealed record Qwen2Config
{
    /// <summary>The file of the architecture.</summary>
    public const string FileName = "config.json";

    private const int Largest = 1 << 20, LargestVocabulary = 1 << 24;

    /// <summary>Rows of the embedding and of the logits.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width inside the feed-forward layers.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Transformer layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads; divides <see cref="Heads"/>.</summary>
    public required int KvHeads { get; init; }

    /// <summary>Lanes of a head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Added to the mean square in a norm.</summary>
    public required float Epsilon { get; init; }

    /// <summary>How positions rotate queries and keys.</summary>
    public required RopeConfig Rope { get; init; }

    /// <summary>Most positions of a sequence.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Whether the logits use the embedding's table.</summary>
    public required bool TiedEmbeddings { get; init; }

    /// <summary>Ids that end a sequence, from generation_config.json where it names them.</summary>
    public required IReadOnlyList<int> StopTokens { get; init; }

    /// <summary>How a folder stores quantised matrices; null: it has none.</summary>
    public QuantizationConfig? Quantization { get; init; }

    /// <summary>Attention's scale of scores.</summary>
    public float Scale => 1f / MathF.Sqrt(HeadSize);

    /// <summary>Reads and checks config.json, and the stop tokens of generation_config.json where there is one.</summary>
    /// <exception cref="ModelException">A field is missing, of the wrong type, out of range, or asks for what is not supported.</exception>
    public static Qwen2Config Read(ModelFiles files)
    {
        var json = JsonFields.Parse(files.PathOf(FileName), files.ReadAllBytes(FileName, 16 << 20));
        CheckArchitecture(json);

        int heads = json.Int("num_attention_heads", 1, Largest);
        int kvHeads = json.Int("num_key_value_heads", 1, heads, heads);
        if (heads % kvHeads != 0) throw json.Fault("num_key_value_heads", $"{kvHeads}", $"a divisor of num_attention_heads = {heads}");
        int hidden = json.Int("hidden_size", 1, Largest);
        if (!json.Has("head_dim") && hidden % heads != 0)
            throw json.Fault("hidden_size", $"{hidden}", $"a multiple of num_attention_heads = {heads} where head_dim is not given");
        int headSize = json.Int("head_dim", 2, Largest / heads, hidden / heads);
        if (headSize % 2 != 0) throw json.Fault("head_dim", $"{headSize}", "even");

        int vocabulary = json.Int("vocab_size", 1, LargestVocabulary);
        int trained = json.Int("max_position_embeddings", 1, 1 << 24, 32768);
        var rope = RopeConfig.Read(json, trained);
        return new()
        {
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            IntermediateSize = json.Int("intermediate_size", 1, Largest),
            Layers = json.Int("num_hidden_layers", 1, 4096),
            Heads = heads,
            KvHeads = kvHeads,
            HeadSize = headSize,
            Epsilon = (float)json.Number("rms_norm_eps", 0, 1, 1e-6),
            Rope = rope,
            ContextLength = rope.Yarn is { } yarn ? Math.Max(trained, yarn.ExtendedContext) : trained,
            TiedEmbeddings = json.Bool("tie_word_embeddings", false),
            StopTokens = ReadStopTokens(files, json, vocabulary),
            Quantization = QuantizationConfig.Read(json),
        };
    }

    private static void CheckArchitecture(JsonFields json)
    {
        var architectures = json.Strings("architectures");
        if (architectures != null && !architectures.Contains("Qwen2ForCausalLM"))
            throw json.Fault("architectures", Text.Quote(string.Join(", ", architectures)), "Qwen2ForCausalLM (Qwen2, Qwen2.5, QwQ)");
        if (json.String("model_type") is var type && type is not (null or "qwen2"))
            throw json.Fault("model_type", Text.Quote(type), "qwen2 (Qwen2, Qwen2.5, QwQ)");
        if (architectures == null && type == null)
            throw json.Fault("architectures", "missing", "Qwen2ForCausalLM (Qwen2, Qwen2.5, QwQ)");

        if (json.String("hidden_act") is var activation && activation is not (null or "silu"))
            throw json.Fault("hidden_act", Text.Quote(activation), "silu");
        if (json.Bool("use_sliding_window", false))
            throw json.Fault("use_sliding_window", "true", "false: sliding-window attention is not supported");
        foreach (var field in new[] { "torch_dtype", "dtype" })
            if (json.String(field) is var dtype && dtype is not (null or "bfloat16" or "float16" or "float32"))
                throw json.Fault(field, Text.Quote(dtype), "bfloat16, float16 or float32");
    }

    private static IReadOnlyList<int> ReadStopTokens(ModelFiles files, JsonFields config, int vocabulary)
    {
        const string field = "eos_token_id", generation = "generation_config.json";
        if (files.Exists(generation))
        {
            var json = JsonFields.Parse(files.PathOf(generation), files.ReadAllBytes(generation, 16 << 20));
            if (json.IntOrInts(field, 0, vocabulary - 1) is { Count: > 0 } stops) return stops;
        }
        return config.IntOrInts(field, 0, vocabulary - 1);
    }
}
