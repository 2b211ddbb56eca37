using System.Text.Json;
using System.Text.Json.Nodes;

namespace KernelDsl.Model.Tests.Weights;

/// <summary>Writes a safetensors file.</summary>
sealed class SafeTensorsWriter
{
    private readonly JsonObject _header = [];
    private readonly List<byte> _data = [];

    public SafeTensorsWriter Add(string name, string dtype, int[] shape, byte[] bytes)
    {
        _header[name] = new JsonObject
        {
            ["dtype"] = dtype,
            ["shape"] = new JsonArray([.. shape.Select(static d => (JsonNode)d)]),
            ["data_offsets"] = new JsonArray(_data.Count, _data.Count + bytes.Length),
        };
        _data.AddRange(bytes);
        return this;
    }

    public void Write(string folder)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(_header);
        File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), [.. BitConverter.GetBytes((long)json.Length), .. json, .. _data.ToArray()]);
    }
}
