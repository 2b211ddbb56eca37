using System.Text.Json;

namespace KernelDsl.Runtime.Grammar.Json.Schema;

/// <summary>The keywords <c>enum</c> and <c>const</c>.</summary>
static class EnumValues
{
    /// <summary>The values that all enumerations of the parts have, in the order of the first; null: there is none.</summary>
    public static IReadOnlyList<JsonElement>? Of(IEnumerable<SchemaPart> parts)
    {
        List<JsonElement>? common = null;
        foreach (var part in parts)
        {
            if (part.TryGet("const", out var constant))
                common = Keep(common, [constant]);
            if (!part.TryGet("enum", out var list))
                continue;
            if (list.ValueKind != JsonValueKind.Array)
                throw new GrammarException($"{part.At}/enum must be an array of values.");
            common = Keep(common, [.. list.EnumerateArray()]);
        }

        return common;
    }

    static List<JsonElement> Keep(List<JsonElement>? common, List<JsonElement> values) => common is null ? values
        : [.. common.Where(value => values.Any(other => JsonElement.DeepEquals(value, other)))];
}
