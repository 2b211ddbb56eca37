using System.Buffers.Binary;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Tools.RandomModel;

/// <summary>
/// Writes a Qwen2 folder whose layers' matrices are random 4-bit integers in compressed-tensors' format pack-quantized: shapes of models that
/// would not fit the disk as floats. Embedding and output projection are bf16, as quantised folders have them.
/// </summary>
static class RandomIntegers
{
    private const int Group = 128, PerWord = 8;

    // Variance of integers from -8 to 7, all alike.
    private const float Variance = 21.25f;

    /// <summary>Writes config.json, generation_config.json and the shards.</summary>
    public static void Write(string folder, Shape shape, ulong seed)
    {
        Directory.CreateDirectory(folder);
        foreach (var old in Directory.EnumerateFiles(folder, "*.safetensors*").ToList()) File.Delete(old);
        var config = RandomCheckpoint.Config(shape, "BF16");
        File.WriteAllBytes(Path.Combine(folder, Qwen2Config.FileName), config);
        File.WriteAllText(Path.Combine(folder, "generation_config.json"), $"{{\n  \"eos_token_id\": {shape.Vocabulary - 1}\n}}\n");
        var tensors = Qwen2Tensors.All(Qwen2Config.Read(new FolderFiles(folder))).ToList();

        using (var writer = new CheckpointWriter(folder, ShardPlan.Of(tensors.SelectMany(t => Planned(t.Name, t.Shape)))))
        {
            for (int i = 0; i < tensors.Count; i++) Write(writer, tensors[i].Name, tensors[i].Shape, RandomBytes.Seed(seed, i));
            writer.Complete();
        }
        File.WriteAllBytes(Path.Combine(folder, Qwen2Config.FileName), QuantizedConfig.Write(config, WeightFormat.Int4(Group), ["lm_head", "model.embed_tokens", "re:.*norm$"]));
    }

    private static bool IsPacked(string name, int[] shape) => shape.Length == 2 && name is not (Qwen2Tensors.Embedding or Qwen2Tensors.Head);

    private static IEnumerable<PlannedTensor> Planned(string name, int[] shape)
    {
        long count = shape.Aggregate(1L, static (a, b) => a * b);
        if (!IsPacked(name, shape)) return [new(name, "BF16", shape, count * 2)];
        return
        [
            new(name + "_packed", "I32", [shape[0], shape[1] / PerWord], count / 2),
            new(name + "_scale", "BF16", [shape[0], shape[1] / Group], count / Group * 2),
            new(name + "_shape", "I64", [2], 16),
        ];
    }

    private static void Write(CheckpointWriter writer, string name, int[] shape, ulong state)
    {
        if (!IsPacked(name, shape))
        {
            Write(writer, name, RandomBytes.Floats(name, shape, "BF16", state));
            return;
        }
        long count = (long)shape[0] * shape[1];
        Write(writer, name + "_packed", RandomBytes.Integers(count / 2, state));
        var scales = new byte[count / Group * 2];
        short scale = (short)(BitConverter.SingleToInt32Bits(1 / MathF.Sqrt(Variance * shape[1])) >> 16);
        for (int i = 0; i < scales.Length; i += 2) BinaryPrimitives.WriteInt16LittleEndian(scales.AsSpan(i), scale);
        writer.Write(name + "_scale", 0, scales);
        var sizes = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(sizes, shape[0]);
        BinaryPrimitives.WriteInt64LittleEndian(sizes.AsSpan(8), shape[1]);
        writer.Write(name + "_shape", 0, sizes);
    }

    private static void Write(CheckpointWriter writer, string name, IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        long at = 0;
        foreach (var piece in pieces)
        {
            writer.Write(name, at, piece.Span);
            at += piece.Length;
        }
    }
}
