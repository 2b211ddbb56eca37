using System.Text.Json;

namespace KernelDsl.Runtime.Grammar.Json.Schema;

/// <summary>Keywords of JSON Schema by what is done with them. Unknown ones are annotations, as the specification says.</summary>
static class Keywords
{
    static readonly string[] s_refused =
    [
        "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "dependencies",
        "contains", "minContains", "maxContains", "unevaluatedItems", "$dynamicRef", "$recursiveRef",
    ];

    static readonly (string Keyword, JsonTypes Types)[] s_types =
    [
        ("properties", JsonTypes.Object), ("required", JsonTypes.Object), ("additionalProperties", JsonTypes.Object),
        ("unevaluatedProperties", JsonTypes.Object), ("patternProperties", JsonTypes.Object), ("propertyNames", JsonTypes.Object),
        ("minProperties", JsonTypes.Object), ("maxProperties", JsonTypes.Object),
        ("items", JsonTypes.Array), ("prefixItems", JsonTypes.Array), ("additionalItems", JsonTypes.Array), ("minItems", JsonTypes.Array),
        ("maxItems", JsonTypes.Array), ("uniqueItems", JsonTypes.Array),
        ("pattern", JsonTypes.String), ("minLength", JsonTypes.String), ("maxLength", JsonTypes.String), ("format", JsonTypes.String),
        ("minimum", JsonTypes.Number), ("maximum", JsonTypes.Number), ("exclusiveMinimum", JsonTypes.Number), ("exclusiveMaximum", JsonTypes.Number),
        ("multipleOf", JsonTypes.Number),
    ];

    /// <summary>Refuses what no grammar is made of, by name.</summary>
    public static void RefuseUnsupported(SchemaPart part)
    {
        foreach (var name in s_refused)
        {
            if (part.Has(name))
                throw new GrammarException($"{part.At} has the keyword '{name}', which is not supported for structured output. Leave it out, or say it another way.");
        }
    }

    /// <summary>The types that a schema without <c>type</c> speaks of.</summary>
    public static JsonTypes TypesOf(SchemaPart part) =>
        s_types.Where(k => part.Has(k.Keyword)).Aggregate(JsonTypes.None, (types, k) => types | k.Types);

    /// <summary>A keyword that counts.</summary>
    public static int? Count(SchemaPart part, string name)
    {
        if (!part.TryGet(name, out var value))
            return null;
        // 3.0 is an integer in JSON Schema.
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDecimal(out var number) || number < 0 || decimal.Truncate(number) != number)
            throw new GrammarException($"{part.At}/{name} is {value.GetRawText()}; allowed is an integer of 0 or more.");
        return number <= GrammarLimits.Repetitions ? (int)number
            : throw GrammarException.Limit($"{part.At}/{name} is {value.GetRawText()}", GrammarLimits.Repetitions, "Use a smaller count, or none.");
    }
}
