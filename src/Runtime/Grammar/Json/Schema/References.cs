using System.Globalization;
using System.Text.Json;

namespace KernelDsl.Runtime.Grammar.Json.Schema;

/// <summary>Finds what <c>$ref</c> points to: a JSON pointer into the same document, or an anchor of it.</summary>
sealed class References(JsonElement root)
{
    readonly Lazy<Dictionary<string, (string Pointer, JsonElement Schema)>> _anchors = new(() =>
    {
        var anchors = new Dictionary<string, (string, JsonElement)>();
        Collect(root, "", anchors);
        return anchors;
    });

    /// <summary>The schema, with its pointer in one spelling.</summary>
    public SchemaPart Resolve(SchemaPart part, JsonElement reference)
    {
        if (reference.ValueKind != JsonValueKind.String)
            throw new GrammarException($"{part.At}/$ref is {reference.GetRawText()}; allowed is a string.");
        var text = reference.GetString()!;
        if (!text.StartsWith('#'))
            throw new GrammarException($"{part.At}/$ref is '{text}'; supported are references into the same schema, such as '#/$defs/name'.");
        if (text.Length > 1 && text[1] != '/')
        {
            return _anchors.Value.TryGetValue(text[1..], out var anchored) ? part.Further(anchored.Pointer, anchored.Schema)
                : throw Missing(part, text);
        }

        var schema = root;
        var pointer = "";
        foreach (var step in text[1..].Split('/').Skip(1))
        {
            var name = Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty(name, out var member))
                schema = member;
            else if (schema.ValueKind == JsonValueKind.Array && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var i) && i < schema.GetArrayLength())
                schema = schema[i];
            else
                throw Missing(part, text);
            pointer += "/" + Step(name);
        }

        return part.Further(pointer, schema);
    }

    /// <summary>A name as one step of a pointer.</summary>
    public static string Step(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    static GrammarException Missing(SchemaPart part, string text) => new($"{part.At}/$ref is '{text}', which is not in the schema.");

    static void Collect(JsonElement element, string pointer, Dictionary<string, (string, JsonElement)> anchors)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            for (var i = 0; i < element.GetArrayLength(); i++)
                Collect(element[i], $"{pointer}/{i}", anchors);
        }

        if (element.ValueKind != JsonValueKind.Object)
            return;
        if (element.TryGetProperty("$anchor", out var anchor) && anchor.ValueKind == JsonValueKind.String)
            anchors.TryAdd(anchor.GetString()!, (pointer, element));
        foreach (var member in element.EnumerateObject())
            Collect(member.Value, $"{pointer}/{Step(member.Name)}", anchors);
    }
}
