using System.Text.Json;

namespace Kdsl.Configuration.Files;

/// <summary>Lists as compact JSON: how values that are lists travel as text.</summary>
static class CompactList
{
    /// <summary>A string of a list: JSON's spelling.</summary>
    public static string Quote(string text) => $"\"{JsonEncodedText.Encode(text)}\"";

    /// <summary>The texts of a list; null where it is none.</summary>
    public static string[]? Texts(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Array && document.RootElement.EnumerateArray().All(static e => e.ValueKind == JsonValueKind.String)
                ? [.. document.RootElement.EnumerateArray().Select(static e => e.GetString()!)] : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
