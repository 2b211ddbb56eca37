using System.Text.Json;

namespace KernelDsl.Runtime.Grammar.Json.Schema;

/// <summary>Types of JSON values. Every integer is a number.</summary>
[Flags]
enum JsonTypes
{
    None = 0,
    Null = 1,
    Boolean = 2,
    Integer = 4,
    Fraction = 8,
    Number = Integer | Fraction,
    String = 16,
    Array = 32,
    Object = 64,
    All = 127,
}

/// <summary>Reads the names of types.</summary>
static class JsonTypeNames
{
    /// <summary>The value of the keyword <c>type</c>: a name or several.</summary>
    public static JsonTypes Read(JsonElement type, string at) => type.ValueKind switch
    {
        JsonValueKind.String => Named(type.GetString()!, at),
        JsonValueKind.Array when type.GetArrayLength() > 0 => type.EnumerateArray().Aggregate(JsonTypes.None, (types, item) => types | (item.ValueKind == JsonValueKind.String
            ? Named(item.GetString()!, at) : throw Wrong(item.GetRawText(), at))),
        _ => throw Wrong(type.GetRawText(), at),
    };

    /// <summary>The type of a value.</summary>
    public static JsonTypes Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => JsonTypes.Null,
        JsonValueKind.String => JsonTypes.String,
        JsonValueKind.Array => JsonTypes.Array,
        JsonValueKind.Object => JsonTypes.Object,
        JsonValueKind.Number => value.TryGetDecimal(out var number) && decimal.Truncate(number) == number ? JsonTypes.Integer : JsonTypes.Fraction,
        _ => JsonTypes.Boolean,
    };

    static JsonTypes Named(string name, string at) => name switch
    {
        "null" => JsonTypes.Null,
        "boolean" => JsonTypes.Boolean,
        "integer" => JsonTypes.Integer,
        "number" => JsonTypes.Number,
        "string" => JsonTypes.String,
        "array" => JsonTypes.Array,
        "object" => JsonTypes.Object,
        _ => throw Wrong($"\"{name}\"", at),
    };

    static GrammarException Wrong(string value, string at) =>
        new($"{at}/type is {(value.Length <= 60 ? value : value[..60] + "...")}; allowed are null, boolean, integer, number, string, array, object, or an array of these.");
}
