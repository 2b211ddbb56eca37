using System.Text.Json;

namespace KernelDsl.Tools.Peers.Runner;

/// <summary>Prints one JSON object per line, each as soon as it is known.</summary>
sealed class Report(Stream output)
{
    /// <summary>What ran.</summary>
    public void Version(string version) => Line(json => json.WriteString("version", version));

    /// <summary>Tokens per second.</summary>
    public void Rate(string name, double value) => Value(name, "token/s", value);

    /// <summary>A measurement.</summary>
    public void Value(string name, string unit, double value) => Line(json =>
    {
        json.WriteString("name", name);
        json.WriteString("unit", unit);
        json.WriteNumber("value", Math.Round(value, 3));
    });

    /// <summary>Logits of the first ids.</summary>
    public void Logits(ReadOnlySpan<float> logits)
    {
        float[] values = [.. logits];
        Line(json =>
        {
            json.WriteStartArray("logits");
            foreach (float value in values)
                json.WriteNumberValue(value);
            json.WriteEndArray();
        });
    }

    private void Line(Action<Utf8JsonWriter> members)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
        output.Flush();
    }
}
