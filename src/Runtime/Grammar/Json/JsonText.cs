using System.Globalization;
using System.Text;
using System.Text.Json;

namespace KernelDsl.Runtime.Grammar.Json;

/// <summary>JSON values spelt in one way: characters as they are where JSON lets them be.</summary>
static class JsonText
{
    /// <summary>How a character is spelt in a string that cannot hold it as it is; others as they are.</summary>
    public static string Escape(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\b' => "\\b",
        '\f' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        < ' ' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
        _ => c.ToString(),
    };

    /// <summary>A string with its quotes.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
            quoted.Append(Escape(c));
        return quoted.Append('"').ToString();
    }

    /// <summary>One value, with space where JSON allows it.</summary>
    public static Expression Literal(JsonElement value, JsonRules json)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return Expression.Spell(Quote(value.GetString()!));
            case JsonValueKind.Array:
                return json.Enclose('[', value.EnumerateArray().Select(item => Literal(item, json)), ']');
            case JsonValueKind.Object:
                return json.Enclose('{', value.EnumerateObject().Select(field => json.Field(field.Name, Literal(field.Value, json))), '}');
            default:
                return Expression.Spell(value.GetRawText());
        }
    }
}
