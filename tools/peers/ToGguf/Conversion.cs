using KernelDsl.Runtime.Model;

namespace KernelDsl.Tools.Peers.ToGguf;

/// <summary>A Qwen2 folder as llama.cpp wants it. Tensors pass through in chunks: no more than a chunk is ever in memory.</summary>
static class Conversion
{
    private const int ChunkElements = 1 << 20;

    /// <summary>Writes the file.</summary>
    /// <exception cref="ModelException">The folder is not a complete Qwen2 model, or has what a GGUF file of that architecture cannot say.</exception>
    public static void Run(ModelFiles files, string path, WeightType type)
    {
        var config = Qwen2Config.Read(files);
        if (config.Rope.Yarn != null)
            throw new ModelException(files.PathOf(Qwen2Config.FileName), "asks for YaRN, which this converter does not write: remove it for a comparison at the trained context");
        if (config.Heads * config.HeadSize != config.HiddenSize)
            throw new ModelException(files.PathOf(Qwen2Config.FileName), $"{config.Heads} heads of {config.HeadSize} are not hidden_size = {config.HiddenSize}; llama.cpp's qwen2 requires it");

        using var checkpoint = CheckpointFiles.Open(files);
        Qwen2Tensors.Check(checkpoint, config);
        using var writer = new GgufWriter();
        Describe(writer, config, type);
        Vocabulary.Describe(writer, files, config);

        var tensors = new List<(SafeTensorsFile File, TensorEntry Entry, WeightType Type)>();
        foreach (var (name, shape) in Qwen2Tensors.All(config))
        {
            var stored = shape.Length == 1 ? WeightType.Float32 : type;
            if (shape[^1] % stored.Block != 0)
                throw new ModelException(files.Name, $"{name} has rows of {shape[^1]}; {stored.Name} needs a multiple of {stored.Block}");
            checkpoint.TryGet(name, out var tensor);
            tensors.Add((tensor.File, tensor.Entry, stored));
            writer.Declare(GgufTensorNames.Of(name), stored.Tensor, shape, stored.Bytes(Count(shape)));
        }

        // Under another name until it is whole: a later run takes an existing file for a finished one.
        string partial = path + ".partial";
        using (var file = File.Create(partial))
            writer.WriteTo(file, (i, stream) => Copy(tensors[i].File, tensors[i].Entry, tensors[i].Type, stream));
        File.Move(partial, path, overwrite: true);
    }

    private static void Describe(GgufWriter writer, Qwen2Config config, WeightType type)
    {
        writer.Add("general.architecture", "qwen2");
        writer.Add("general.type", "model");
        writer.Add("general.file_type", type.File);
        writer.Add("general.quantization_version", 2);
        writer.Add("qwen2.vocab_size", config.VocabularySize);
        writer.Add("qwen2.block_count", config.Layers);
        writer.Add("qwen2.context_length", config.ContextLength);
        writer.Add("qwen2.embedding_length", config.HiddenSize);
        writer.Add("qwen2.feed_forward_length", config.IntermediateSize);
        writer.Add("qwen2.attention.head_count", config.Heads);
        writer.Add("qwen2.attention.head_count_kv", config.KvHeads);
        writer.Add("qwen2.attention.layer_norm_rms_epsilon", config.Epsilon);
        writer.Add("qwen2.rope.freq_base", (float)config.Rope.Theta);
    }

    private static void Copy(SafeTensorsFile file, TensorEntry tensor, WeightType type, Stream stream)
    {
        var element = tensor.Element!.Value;
        int size = element.Size();
        long count = tensor.Bytes / size;
        var values = new float[Math.Min(count, ChunkElements)];
        var blocks = new byte[type.Bytes(values.Length)];
        for (long done = 0; done < count;)
        {
            int chunk = (int)Math.Min(count - done, values.Length);
            Elements.ToFloat(file.Read(tensor, done * size, chunk * size), element, values.AsSpan(0, chunk));
            var encoded = blocks.AsSpan(0, (int)type.Bytes(chunk));
            type.Encode(values.AsSpan(0, chunk), encoded);
            stream.Write(encoded);
            file.Drop(tensor, done * size, (long)chunk * size);
            done += chunk;
        }
    }

    private static long Count(int[] shape) => shape.Aggregate(1L, static (a, b) => a * b);
}
