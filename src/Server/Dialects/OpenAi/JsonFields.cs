using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Kdsl.Dialects.OpenAi;

/// <summary>The fields of a JSON object, read with the types that the API prescribes. JSON null counts as absent; a wrong type is refused by name.</summary>
/// <param name="path">Where the object lies in the request (empty: the request itself), for error messages.</param>
readonly struct JsonFields(JsonElement element, string path = "")
{
    /// <summary>The request's outermost value, which must be an object.</summary>
    public static JsonFields Request(JsonElement root) => root.ValueKind == JsonValueKind.Object
        ? new(root)
        : throw ApiException.Invalid(null, $"The request body must be a JSON object, not {Describe(root)}.", "invalid_type");

    /// <summary>An object without fields.</summary>
    public static JsonFields Empty { get; } = new(JsonDocument.Parse("{}").RootElement);

    /// <summary>Names of all fields.</summary>
    public IEnumerable<string> Names => element.EnumerateObject().Select(property => property.Name);

    /// <summary>Full name of a field, as error messages give it.</summary>
    public string Path(string name) => path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>The field whatever its type; false when absent or null.</summary>
    public bool TryGet(string name, [MaybeNullWhen(false)] out JsonElement value) =>
        element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>A string.</summary>
    public string? Text(string name) => !TryGet(name, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(Path(name), "a string", value);

    /// <summary>True or false.</summary>
    public bool? Flag(string name) => !TryGet(name, out var value) ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(Path(name), "a boolean", value);

    /// <summary>A number; the caller checks its range.</summary>
    public float? Number(string name) => TryGet(name, out var value) ? Number(value, Path(name)) : null;

    /// <summary>A 32-bit integer.</summary>
    public int? Integer(string name) => TryGet(name, out var value) ? Integer(value, Path(name)) : null;

    /// <summary>A 32-bit integer within limits.</summary>
    public int? Integer(string name, int least, int most)
    {
        if (Integer(name) is not { } value)
            return null;
        return value >= least && value <= most ? value
            : throw ApiException.Invalid(Path(name), $"'{Path(name)}' is {value}; allowed is {least} to {most}.");
    }

    /// <summary>A 64-bit integer.</summary>
    public long? Long(string name)
    {
        if (!TryGet(name, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.Number)
            throw Wrong(Path(name), "an integer", value);
        return value.TryGetInt64(out long number) ? number : throw NotInteger(Path(name), value, 64);
    }

    /// <summary>An object.</summary>
    public JsonFields? Object(string name) => TryGet(name, out var value) ? Object(value, Path(name)) : null;

    /// <summary>The elements of an array, each with its path.</summary>
    public IReadOnlyList<(JsonElement Value, string Path)>? Array(string name)
    {
        if (!TryGet(name, out var value))
            return null;
        string at = Path(name);
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select((item, i) => (item, $"{at}[{i}]"))]
            : throw Wrong(at, "an array", value);
    }

    /// <summary>A value that must be an object.</summary>
    public static JsonFields Object(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Object ? new(value, path) : throw Wrong(path, "an object", value);

    /// <summary>A value that must be a number.</summary>
    public static float Number(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Number ? value.GetSingle() : throw Wrong(path, "a number", value);

    /// <summary>A value that must be a 32-bit integer.</summary>
    public static int Integer(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Number)
            throw Wrong(path, "an integer", value);
        return value.TryGetInt32(out int number) ? number : throw NotInteger(path, value, 32);
    }

    /// <summary>400: a value of the wrong JSON type.</summary>
    public static ApiException Wrong(string path, string expected, JsonElement value) =>
        ApiException.Invalid(path, $"Invalid type for '{path}': expected {expected}, got {Describe(value)}.", "invalid_type");

    static ApiException NotInteger(string path, JsonElement value, int bits)
    {
        string text = value.GetRawText();
        return ApiException.Invalid(path, $"'{path}' is {(text.Length <= 40 ? text : text[..40] + "...")}; expected a {bits}-bit integer.");
    }

    static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };
}
