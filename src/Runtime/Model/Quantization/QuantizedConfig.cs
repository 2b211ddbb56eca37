using System.Text.Json;

namespace KernelDsl.Runtime.Model;

/// <summary>config.json of a quantised folder: the model's own with a quantization_config of compressed-tensors.</summary>
static class QuantizedConfig
{
    private const string Field = "quantization_config";

    /// <summary>Refuses a configuration that has one already.</summary>
    /// <exception cref="ModelException">Names the file and the method.</exception>
    public static void RefuseQuantised(JsonFields config)
    {
        if (!config.Has(Field)) return;
        var method = config.Object(Field)?.String("quant_method");
        throw new ModelException(config.File, $"{Field} is there{(method == null ? "" : $" ({Text.Quote(method)})")}: the folder is quantised already; give the folder of floats that it was made from");
    }

    /// <summary>The new file.</summary>
    /// <param name="config">The model's own.</param>
    /// <param name="format">What matrices became.</param>
    /// <param name="ignore">Modules that stayed floats; names or, after "re:", regular expressions.</param>
    public static byte[] Write(byte[] config, WeightFormat format, IEnumerable<string> ignore)
    {
        using var document = JsonDocument.Parse(config);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new() { Indented = true }))
        {
            json.WriteStartObject();
            foreach (var property in document.RootElement.EnumerateObject())
                if (property.Name != Field) property.WriteTo(json);
            json.WriteStartObject(Field);
            WriteQuantization(json, format, ignore);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static void WriteQuantization(Utf8JsonWriter json, WeightFormat format, IEnumerable<string> ignore)
    {
        json.WriteString("quant_method", "compressed-tensors");
        json.WriteString("format", "pack-quantized");
        json.WriteString("quantization_status", "compressed");
        json.WriteStartObject("config_groups");
        json.WriteStartObject("group_0");
        json.WriteStartArray("targets");
        json.WriteStringValue("Linear");
        json.WriteEndArray();
        json.WriteStartObject("weights");
        json.WriteNumber("num_bits", format.Encoding == WeightEncoding.Int4 ? 4 : 8);
        json.WriteString("type", "int");
        json.WriteBoolean("symmetric", !format.HasZeros);
        json.WriteString("strategy", "group");
        json.WriteNumber("group_size", format.Group);
        json.WriteBoolean("dynamic", false);
        json.WriteNull("actorder");
        json.WriteEndObject();
        json.WriteNull("input_activations");
        json.WriteNull("output_activations");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartArray("ignore");
        foreach (string module in ignore) json.WriteStringValue(module);
        json.WriteEndArray();
        json.WriteNull("kv_cache_scheme");
    }
}
