using System.Text.Json;
using static KernelDsl.Runtime.Grammar.Expression;

namespace KernelDsl.Runtime.Grammar.Json.Schema;

/// <summary>
/// Keywords of arrays: items, prefixItems, minItems, maxItems, and items as a list with additionalItems, as older drafts have it. A tuple is whole
/// unless minItems says that it may be cut short, and ends unless items says how it goes on.
/// </summary>
sealed class ArraySchema(SchemaCompiler compiler, IReadOnlyList<SchemaPart> parts)
{
    readonly JsonRules _json = compiler.Json;

    /// <summary>The arrays that satisfy all parts.</summary>
    public Expression Build()
    {
        var tuple = parts.Max(part => Prefix(part)?.Count ?? 0);
        var most = parts.Min(part => Keywords.Count(part, "maxItems"));
        var least = parts.Max(part => Keywords.Count(part, "minItems")) ?? Math.Min(tuple, most ?? tuple);
        if (tuple > 0 && least <= tuple && !parts.Any(part => Rest(part) is not null))
            most = Math.Min(tuple, most ?? tuple);
        if (Enumerable.Range(0, tuple).FirstOrDefault(i => Item(i) is null, -1) is >= 0 and var end)
            most = Math.Min(end, most ?? end);
        var rest = Item(int.MaxValue);
        if (rest is null)
            most = Math.Min(tuple, most ?? tuple);
        if (most < least)
            return Never;

        var items = tuple == 0 ? _json.Separated(rest ?? Never, least, most) : Tail(tuple, least, most, rest);
        return Of(Spell("["), _json.Space, items, Spell("]"));
    }

    /// <summary>Item by item from the end: what may follow the first items of a tuple.</summary>
    Expression Tail(int tuple, int least, int? most, Expression? rest)
    {
        var tail = rest is null || most <= tuple ? Empty
            : new Repeat(compiler.Rules.Add("item", Of(Spell(","), _json.Space, rest, _json.Space)), Math.Max(0, least - tuple), most - tuple);
        for (var i = Math.Min(tuple, most ?? tuple) - 1; i >= 0; i--)
        {
            var item = Of(i > 0 ? Of(Spell(","), _json.Space) : Empty, Item(i)!, _json.Space, tail);
            tail = compiler.Rules.Add("items", i < least ? item : item.Optional());
        }

        return tail;
    }

    /// <summary>The rule of an item; null: there can be none.</summary>
    Expression? Item(int index)
    {
        var schemas = new List<SchemaPart>();
        foreach (var part in parts)
        {
            var schema = Prefix(part) is { } prefix && index < prefix.Count ? prefix[index] : Rest(part);
            if (schema is { Schema.ValueKind: JsonValueKind.False })
                return null;
            if (schema is not null)
                schemas.Add(schema);
        }

        return schemas.Count == 0 ? _json.Value : compiler.Value(schemas);
    }

    /// <summary>The schemas of the first items; null: none are told apart.</summary>
    static List<SchemaPart>? Prefix(SchemaPart part)
    {
        foreach (var keyword in (string[])["prefixItems", "items"])
        {
            if (part.TryGet(keyword, out var list) && list.ValueKind == JsonValueKind.Array)
                return [.. list.EnumerateArray().Select((schema, i) => part.Child($"{keyword}/{i}", schema))];
        }

        return null;
    }

    /// <summary>The schema of all other items; null: nothing is said of them. An object under prefixItems is read as llama.cpp does.</summary>
    static SchemaPart? Rest(SchemaPart part)
    {
        var keyword = part.TryGet("items", out var items) && items.ValueKind == JsonValueKind.Array ? "additionalItems"
            : part.Has("items") ? "items" : "prefixItems";
        return part.TryGet(keyword, out var schema) && schema.ValueKind != JsonValueKind.Array ? part.Child(keyword, schema) : null;
    }
}
