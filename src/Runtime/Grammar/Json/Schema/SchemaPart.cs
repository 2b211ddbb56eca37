using System.Text.Json;

namespace KernelDsl.Runtime.Grammar.Json.Schema;

/// <summary>One of the schemas that a value must satisfy together.</summary>
/// <param name="Schema">An object or a boolean.</param>
/// <param name="Pointer">Where it is in the document.</param>
/// <param name="Taken">Which of its alternatives are dealt with: anyOf 1, oneOf 2.</param>
/// <param name="From">The one that brought it here by a reference or a combination; null: none.</param>
sealed record SchemaPart(JsonElement Schema, string Pointer, int Taken = 0, SchemaPart? From = null)
{
    /// <summary>What errors call it.</summary>
    public string At => "#" + Pointer;

    /// <summary>Same schema, same alternatives dealt with.</summary>
    public string Key => $"{Pointer}~~{Taken}";

    public bool Has(string keyword) => Schema.ValueKind == JsonValueKind.Object && Schema.TryGetProperty(keyword, out _);

    public bool TryGet(string keyword, out JsonElement value)
    {
        value = default;
        return Schema.ValueKind == JsonValueKind.Object && Schema.TryGetProperty(keyword, out value);
    }

    /// <summary>A schema inside this one.</summary>
    public SchemaPart Child(string path, JsonElement schema) => new SchemaPart(schema, $"{Pointer}/{path}").Checked();

    /// <summary>A schema that the same value must satisfy too.</summary>
    public SchemaPart Further(string pointer, JsonElement schema)
    {
        for (var origin = this; origin is not null; origin = origin.From)
        {
            if (origin.Pointer == pointer)
                throw new GrammarException($"#{pointer} refers to itself without anything in between, so that it describes no value.");
        }

        return new SchemaPart(schema, pointer, 0, this).Checked();
    }

    /// <summary>The schemas in an array under a keyword.</summary>
    public IEnumerable<SchemaPart> FurtherOf(string keyword)
    {
        if (!TryGet(keyword, out var list))
            return [];
        return list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0 ? [.. list.EnumerateArray().Select((schema, i) => Further($"{Pointer}/{keyword}/{i}", schema))]
            : throw new GrammarException($"{At}/{keyword} must be an array of at least one schema.");
    }

    SchemaPart Checked() => Schema.ValueKind is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False ? this
        : throw new GrammarException($"{At} is {Schema.ValueKind}; a schema is an object, true or false.");
}
