namespace KernelDsl.Runtime.Model;

/// <summary>The architecture of a Qwen2 model as the metadata of a GGUF file have it.</summary>
public static class GgufConfig
{
    private const string Architecture = "qwen2", Prefix = Architecture + ".", Rope = Prefix + "rope.", Yarn = Rope + "scaling.";

    private const int Largest = 1 << 20, LargestVocabulary = 1 << 24, LongestContext = 1 << 24;

    /// <summary>Reads and checks the metadata.</summary>
    /// <exception cref="ModelException">A key is missing, of the wrong type, out of range, or asks for what is not supported.</exception>
    public static Qwen2Config Read(GgufFile file)
    {
        var m = file.Metadata;
        CheckArchitecture(m);

        int heads = m.Int(Prefix + "attention.head_count", 1, Largest);
        int kvHeads = m.Int(Prefix + "attention.head_count_kv", 1, heads, heads);
        if (heads % kvHeads != 0) throw m.Fault(Prefix + "attention.head_count_kv", $"{kvHeads}", $"a divisor of attention.head_count = {heads}");
        int hidden = m.Int(Prefix + "embedding_length", 1, Largest);
        int headSize = HeadSize(m, hidden, heads);
        int context = m.Int(Prefix + "context_length", 1, LongestContext);
        var rope = ReadRope(m, context);
        int vocabulary = Vocabulary(file);
        return new()
        {
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            IntermediateSize = m.Int(Prefix + "feed_forward_length", 1, Largest),
            Layers = m.Int(Prefix + "block_count", 1, 4096),
            Heads = heads,
            KvHeads = kvHeads,
            HeadSize = headSize,
            Epsilon = (float)m.Number(Prefix + "attention.layer_norm_rms_epsilon", 0, 1),
            Rope = rope,
            ContextLength = rope.Yarn is { } yarn ? Math.Max(context, yarn.ExtendedContext) : context,
            TiedEmbeddings = !file.Tensors.ContainsKey(GgufTensorNames.Head),
            StopTokens = GgufStopTokens.Read(m, vocabulary),
        };
    }

    private static void CheckArchitecture(GgufMetadata m)
    {
        const string key = "general.architecture", split = "split.count";
        string name = m.String(key) ?? throw m.Missing(key, Architecture);
        if (name != Architecture) throw m.Fault(key, Text.Quote(name), $"{Architecture} (Qwen2, Qwen2.5, QwQ)");
        int parts = m.Int(split, 0, ushort.MaxValue, 1);
        if (parts > 1) throw m.Fault(split, $"{parts}", "1: join the parts of a split file first, with llama.cpp's gguf-split --merge");
    }

    private static int HeadSize(GgufMetadata m, int hidden, int heads)
    {
        const string key = Prefix + "attention.key_length", value = Prefix + "attention.value_length", rotated = Rope + "dimension_count";
        if (!m.Has(key) && hidden % heads != 0)
            throw m.Fault(Prefix + "embedding_length", $"{hidden}", $"a multiple of attention.head_count = {heads} where attention.key_length is not given");
        int size = m.Int(key, 2, Largest / heads, hidden / heads);
        if (size % 2 != 0) throw m.Fault(key, $"{size}", "even");
        foreach (string same in (ReadOnlySpan<string>)[value, rotated])
            if (m.Int(same, 0, int.MaxValue, size) is var other && other != size) throw m.Fault(same, $"{other}", $"{size}, the size of a head");
        return size;
    }

    private static RopeConfig ReadRope(GgufMetadata m, int context)
    {
        const string type = Yarn + "type", linear = Rope + "scale_linear", window = Prefix + "attention.sliding_window";
        double theta = m.Number(Rope + "freq_base", 2, 1e12, 10_000);
        if (m.Number(linear, 0, 1e6, 1) is var scale && scale != 1) throw m.Fault(linear, $"{scale}", "1: linear scaling of positions is not supported");
        if (m.Integer(window, 0, long.MaxValue, 0) is var keys and > 0 && keys < context)
            throw m.Fault(window, $"{keys}", $"absent or at least context_length = {context}: sliding-window attention is not supported");
        return m.String(type) switch
        {
            "yarn" => new(theta, ReadYarn(m, context)),
            null or "none" => new(theta, null),
            var other => throw m.Fault(type, Text.Quote(other), "none or yarn"),
        };
    }

    private static YarnConfig ReadYarn(GgufMetadata m, int context)
    {
        double factor = m.Number(Yarn + "factor", 1, 1024);
        // llama.cpp multiplies YaRN's own factor by this one; converters write it only where it is not 1.
        double attention = m.Number(Yarn + "attn_factor", 1e-3, 1e3, m.Number(Yarn + "yarn_attn_factor", 1e-3, 1e3, 1));
        foreach (var (key, neutral) in (ReadOnlySpan<(string, int)>)[(Yarn + "yarn_ext_factor", 1), (Yarn + "yarn_log_multiplier", 0)])
            if (m.Number(key, -1e6, 1e6, neutral) is var changed && changed != neutral)
                throw m.Fault(key, $"{changed}", $"{neutral}: this change of YaRN is not supported");
        return new(
            factor,
            m.Int(Yarn + "original_context_length", 1, LongestContext, context),
            m.Number(Yarn + "yarn_beta_fast", 1e-3, 1e6, 32),
            m.Number(Yarn + "yarn_beta_slow", 1e-3, 1e6, 1),
            attention * (0.1 * Math.Log(factor) + 1));
    }

    // The embedding's rows are what the model computes with; metadata may list fewer tokens (padding), never more.
    private static int Vocabulary(GgufFile file)
    {
        if (!file.Tensors.TryGetValue(GgufTensorNames.Embedding, out var table) || table.Shape.Length != 2)
            throw new ModelException(file.Path, $"tensor {Text.Quote(GgufTensorNames.Embedding)} is {(table == null ? "missing" : $"of shape {Text.Shape(table.Shape.Span)}")}; it must be a table of the vocabulary's rows");
        long rows = table.Shape.Span[0];
        if (rows > LargestVocabulary)
            throw new ModelException(file.Path, $"tensor {Text.Quote(GgufTensorNames.Embedding)} has {rows} rows; at most {LargestVocabulary} are allowed");
        if (file.Metadata.Length(GgufTokens.Tokens) is { } tokens && tokens > rows)
            throw file.Metadata.Fault(GgufTokens.Tokens, $"{tokens} long", $"at most {rows} long, the rows of {GgufTensorNames.Embedding}");
        return (int)rows;
    }
}
