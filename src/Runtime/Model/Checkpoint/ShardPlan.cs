using System.Buffers.Binary;
using System.Text.Json;

namespace KernelDsl.Runtime.Model;

/// <summary>A tensor that will be written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DType">Element type as the format spells it.</param>
/// <param name="Shape">Dimensions.</param>
/// <param name="Bytes">Size in bytes.</param>
sealed record PlannedTensor(string Name, string DType, int[] Shape, long Bytes);

/// <summary>A safetensors file that will be written.</summary>
/// <param name="File">Its name in the folder.</param>
/// <param name="Header">Everything before the tensors: length and JSON.</param>
/// <param name="Tensors">Where each begins, from the beginning of the file.</param>
/// <param name="Bytes">Size of the file.</param>
sealed record PlannedShard(string File, byte[] Header, IReadOnlyList<(PlannedTensor Tensor, long Offset)> Tensors, long Bytes);

/// <summary>
/// Which tensor goes to which place of which file, known before a byte of a tensor is. Names and index are transformers':
/// model.safetensors, or model-00001-of-00002.safetensors with model.safetensors.index.json.
/// </summary>
static class ShardPlan
{
    /// <summary>transformers' limit, in bytes.</summary>
    public const long LargestShard = 5_000_000_000;

    // The format's own writer pads its header so that the data begins at a multiple of this.
    private const int Alignment = 8;

    /// <summary>Files for the tensors in their order; one that is larger than the limit has a file of its own.</summary>
    public static IReadOnlyList<PlannedShard> Of(IEnumerable<PlannedTensor> tensors, long largest = LargestShard)
    {
        var shards = new List<List<PlannedTensor>> { new() };
        long bytes = 0;
        foreach (var tensor in tensors)
        {
            if (bytes > 0 && bytes + tensor.Bytes > largest)
            {
                shards.Add([]);
                bytes = 0;
            }
            shards[^1].Add(tensor);
            bytes += tensor.Bytes;
        }
        return shards.Count == 1
            ? [Place(CheckpointFiles.SingleName, shards[0])]
            : [.. shards.Select((shard, i) => Place($"model-{i + 1:d5}-of-{shards.Count:d5}.safetensors", shard))];
    }

    /// <summary>model.safetensors.index.json of several files.</summary>
    public static byte[] Index(IReadOnlyList<PlannedShard> shards)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new() { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartObject("metadata");
            json.WriteNumber("total_size", shards.Sum(static s => s.Tensors.Sum(static t => t.Tensor.Bytes)));
            json.WriteEndObject();
            json.WriteStartObject("weight_map");
            foreach (var shard in shards)
                foreach (var (tensor, _) in shard.Tensors) json.WriteString(tensor.Name, shard.File);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static PlannedShard Place(string file, List<PlannedTensor> tensors)
    {
        // The widest elements first, as the format's own writer has it: then every tensor is aligned to its elements.
        var ordered = tensors.OrderByDescending(static t => ElementBytes(t.DType)).ToArray();
        var header = Header(ordered);
        long at = header.Length;
        var placed = new List<(PlannedTensor, long)>();
        foreach (var tensor in ordered)
        {
            placed.Add((tensor, at));
            at += tensor.Bytes;
        }
        return new(file, header, placed, at);
    }

    private static byte[] Header(PlannedTensor[] tensors)
    {
        using var stream = new MemoryStream();
        stream.Write(stackalloc byte[sizeof(long)]);
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            // transformers refuses a file that does not say which framework's tensors it has.
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteEndObject();
            long at = 0;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.DType);
                json.WriteStartArray("shape");
                foreach (int dim in tensor.Shape) json.WriteNumberValue(dim);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += tensor.Bytes);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (stream.Length % Alignment != 0) stream.WriteByte((byte)' ');
        var header = stream.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - sizeof(long));
        return header;
    }

    private static int ElementBytes(string dtype) => dtype switch
    {
        "I64" => 8,
        "I32" or "F32" => 4,
        _ => 2,
    };
}
