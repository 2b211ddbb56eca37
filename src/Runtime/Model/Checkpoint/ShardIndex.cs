using System.Text.Json;

namespace KernelDsl.Runtime.Model;

/// <summary>model.safetensors.index.json: which shard holds which tensor.</summary>
/// <param name="WeightMap">Shard file by tensor name, in file order.</param>
/// <param name="TotalSize">Bytes of all tensors, where the index claims them.</param>
sealed record ShardIndex(IReadOnlyList<(string Tensor, string Shard)> WeightMap, long? TotalSize)
{
    /// <exception cref="SafeTensorsException">Not JSON, no weight_map, or a name that is not a file's.</exception>
    public static ShardIndex Read(string path, byte[] json)
    {
        SafeTensorsException Fault(string? tensor, string message, Exception? inner = null) =>
            new(path, tensor, SafeTensorsFault.InvalidIndex, message, inner);

        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
                throw Fault(null, "weight_map is missing; it must be an object from tensor name to shard file");

            var shards = new List<(string, string)>();
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var property in map.EnumerateObject())
            {
                if (property.Value.ValueKind != JsonValueKind.String) throw Fault(property.Name, "its shard must be a string");
                var shard = property.Value.GetString()!;
                if (shard is "" or "." or ".." || shard.AsSpan().IndexOfAny("/\\:\0") >= 0)
                    throw Fault(property.Name, $"its shard {Text.Quote(shard)} is not a plain file name");
                if (!seen.Add(property.Name)) throw Fault(property.Name, "occurs twice in weight_map");
                shards.Add((property.Name, shard));
            }

            return new(shards, TotalSizeOf(document.RootElement));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Fault(null, $"not valid JSON: {e.Message}", e);
        }
    }

    // Some writers put a float here.
    private static long? TotalSizeOf(JsonElement root) =>
        root.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
        && metadata.TryGetProperty("total_size", out var size) && size.ValueKind == JsonValueKind.Number && size.TryGetDouble(out double bytes)
            ? (long)bytes
            : null;
}
