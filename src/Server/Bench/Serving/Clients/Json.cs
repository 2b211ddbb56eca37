using System.Text.Json;

namespace Kdsl.Bench.Serving.Clients;

/// <summary>Reads what other servers send: a field that is absent, null or of another type is just not there.</summary>
static class Json
{
    const int LongestReason = 160;

    /// <summary>A member of an object; null: absent or null.</summary>
    public static JsonElement? Get(this JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>The first element of an array.</summary>
    public static JsonElement? First(this JsonElement parent) => parent.ValueKind == JsonValueKind.Array && parent.GetArrayLength() > 0 ? parent[0] : null;

    /// <summary>A text, or null.</summary>
    public static string? Text(this JsonElement? value) => value is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>A whole number, or 0.</summary>
    public static int Integer(this JsonElement? value) => value is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out int i) ? i : 0;

    /// <summary>A number, or null.</summary>
    public static double? Number(this JsonElement? value) => value is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;

    /// <summary>A number or an array of them as a list.</summary>
    public static IReadOnlyList<double> Numbers(this JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.Number } number => [number.GetDouble()],
        { ValueKind: JsonValueKind.Array } array => [.. array.EnumerateArray().Where(static n => n.ValueKind == JsonValueKind.Number).Select(static n => n.GetDouble())],
        _ => [],
    };

    /// <summary>What went wrong, in any of the shapes that servers use: {"error": text}, {"error": {"message"}}, {"message"}; null: nothing.</summary>
    public static string? Error(this JsonElement record)
    {
        if (record.Get("error") is not { } error)
            return null;
        string? text = Text(error) ?? Text(error.Get("message"));
        // MindIE puts a JSON text into the text.
        if (text is ['{', ..])
        {
            try
            {
                text = Text(JsonElement.Parse(text).Get("Error")) ?? text;
            }
            catch (JsonException)
            {
                // It is a text after all.
            }
        }

        return OneLine(text ?? error.GetRawText());
    }

    /// <summary>A server's words as part of a reason: one line, not too long.</summary>
    public static string OneLine(string text)
    {
        text = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Length <= LongestReason ? text : text[..LongestReason] + "...";
    }
}
