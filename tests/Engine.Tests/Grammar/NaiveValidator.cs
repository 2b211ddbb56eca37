using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace EngineTests.Grammar;

/// <summary>JSON Schema from its definition, for the keywords that <see cref="RandomSchema"/> uses. Formats are checked too.</summary>
static class NaiveValidator
{
    public static bool IsValid(JsonElement value, JsonElement schema, JsonElement root)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return schema.GetBoolean();
        return schema.EnumerateObject().All(keyword => Holds(keyword.Name, keyword.Value, value, schema, root));
    }

    static bool Holds(string keyword, JsonElement says, JsonElement value, JsonElement schema, JsonElement root) => keyword switch
    {
        "type" => says.ValueKind == JsonValueKind.Array ? says.EnumerateArray().Any(type => IsOf(type.GetString()!, value)) : IsOf(says.GetString()!, value),
        "enum" => says.EnumerateArray().Any(option => JsonElement.DeepEquals(option, value)),
        "const" => JsonElement.DeepEquals(says, value),
        "allOf" => says.EnumerateArray().All(part => IsValid(value, part, root)),
        "anyOf" => says.EnumerateArray().Any(part => IsValid(value, part, root)),
        "$ref" => IsValid(value, root.GetProperty("$defs").GetProperty("tree"), root),
        "$defs" => true,
        _ => value.ValueKind switch
        {
            JsonValueKind.String => HoldsForString(keyword, says, value.GetString()!),
            JsonValueKind.Number => HoldsForNumber(keyword, says, value),
            JsonValueKind.Array => HoldsForArray(keyword, says, [.. value.EnumerateArray()], schema, root),
            JsonValueKind.Object => HoldsForObject(keyword, says, value, schema, root),
            _ => true,
        },
    };

    static bool IsOf(string type, JsonElement value) => type switch
    {
        "null" => value.ValueKind == JsonValueKind.Null,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "string" => value.ValueKind == JsonValueKind.String,
        "array" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        "number" => value.ValueKind == JsonValueKind.Number,
        _ => value.ValueKind == JsonValueKind.Number && value.GetDouble() % 1 == 0,
    };

    static bool HoldsForString(string keyword, JsonElement says, string text) => keyword switch
    {
        "minLength" => text.EnumerateRunes().Count() >= says.GetInt32(),
        "maxLength" => text.EnumerateRunes().Count() <= says.GetInt32(),
        "pattern" => Regex.IsMatch(text, says.GetString()!, RegexOptions.ECMAScript),
        "format" => says.GetString() switch
        {
            "date" => DateOnly.TryParseExact(text.StartsWith("0000", StringComparison.Ordinal) ? "2000" + text[4..] : text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
            "uuid" => Guid.TryParseExact(text, "D", out _),
            "time" => IsTime(text),
            _ => true,
        },
        _ => true,
    };

    static bool IsTime(string text)
    {
        int zone = text.IndexOfAny(['Z', '+', '-']);
        // Fractions are longer than .NET reads, and offsets beyond 14 hours are RFC 3339's, not .NET's.
        return zone >= 8 && (DateTimeOffset.TryParse($"2000-06-15T{text[..8]}{text[zone..]}", CultureInfo.InvariantCulture, out _) || text[^6] is '+' or '-');
    }

    static bool HoldsForNumber(string keyword, JsonElement says, JsonElement value) => keyword switch
    {
        "minimum" => Compare(value, says) >= 0,
        "maximum" => Compare(value, says) <= 0,
        "exclusiveMinimum" => Compare(value, says) > 0,
        _ => true,
    };

    // Exactly; numbers beyond decimal are far from any bound here.
    static int Compare(JsonElement a, JsonElement b) =>
        a.TryGetDecimal(out var x) && b.TryGetDecimal(out var y) ? x.CompareTo(y) : a.GetDouble().CompareTo(b.GetDouble());

    static bool HoldsForArray(string keyword, JsonElement says, JsonElement[] items, JsonElement schema, JsonElement root) => keyword switch
    {
        "minItems" => items.Length >= says.GetInt32(),
        "maxItems" => items.Length <= says.GetInt32(),
        "prefixItems" => says.EnumerateArray().Zip(items).All(pair => IsValid(pair.Second, pair.First, root)),
        "items" => items.Skip(schema.TryGetProperty("prefixItems", out var prefix) ? prefix.GetArrayLength() : 0).All(item => IsValid(item, says, root)),
        _ => true,
    };

    static bool HoldsForObject(string keyword, JsonElement says, JsonElement value, JsonElement schema, JsonElement root) => keyword switch
    {
        "properties" => says.EnumerateObject().All(p => !value.TryGetProperty(p.Name, out var member) || IsValid(member, p.Value, root)),
        "required" => says.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _)),
        "patternProperties" => says.EnumerateObject().All(pattern => value.EnumerateObject().All(p => !Regex.IsMatch(p.Name, pattern.Name, RegexOptions.ECMAScript) || IsValid(p.Value, pattern.Value, root))),
        "propertyNames" => value.EnumerateObject().All(p => IsValid(JsonSerializer.SerializeToElement(p.Name), says, root)),
        "additionalProperties" => value.EnumerateObject().All(p =>
            (schema.TryGetProperty("properties", out var named) && named.TryGetProperty(p.Name, out _))
            || (schema.TryGetProperty("patternProperties", out var patterns) && patterns.EnumerateObject().Any(pattern => Regex.IsMatch(p.Name, pattern.Name, RegexOptions.ECMAScript)))
            || IsValid(p.Value, says, root)),
        _ => true,
    };
}
