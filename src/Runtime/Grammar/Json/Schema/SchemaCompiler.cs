using System.Text.Json;
using static KernelDsl.Runtime.Grammar.Expression;

namespace KernelDsl.Runtime.Grammar.Json.Schema;

/// <summary>
/// Turns a JSON Schema into rules. Every text of the grammar satisfies the schema (but see <c>uniqueItems</c> and <c>oneOf</c> in the
/// documentation); of the texts that do, those in one order of properties and short spellings are in the grammar. A value is described by
/// one or more schemas at once (<c>allOf</c>, references with siblings); each such combination is one rule, so recursion ends.
/// </summary>
sealed class SchemaCompiler
{
    const int MostParts = 256;

    readonly References _references;
    readonly Dictionary<string, Reference> _known = [];
    readonly Queue<(Reference Rule, IReadOnlyList<SchemaPart> Parts)> _pending = new();

    SchemaCompiler(JsonElement root, RuleSet rules)
    {
        (Rules, Json) = (rules, new JsonRules(rules));
        _references = new References(root);
    }

    public RuleSet Rules { get; }

    public JsonRules Json { get; }

    /// <summary>Adds the rules of a schema.</summary>
    /// <param name="trailing">Space may follow the value.</param>
    /// <exception cref="GrammarException">The schema is malformed, not supported, or describes no value: names the place.</exception>
    public static Expression Compile(JsonElement schema, RuleSet rules, bool trailing)
    {
        var compiler = new SchemaCompiler(schema, rules);
        // An answer without a schema is an object, as OpenAI's are.
        var root = schema.ValueKind == JsonValueKind.Object && !schema.EnumerateObject().Any() ? compiler.Json.Object
            : compiler.Value([new SchemaPart(default, "").Child("", schema) with { Pointer = "" }]);
        while (compiler._pending.TryDequeue(out var next))
            rules.Define(next.Rule, compiler.Body(next.Parts));
        return trailing ? Of(root, compiler.Json.Space) : root;
    }

    /// <summary>The rule of a value that satisfies all parts.</summary>
    public Expression Value(IReadOnlyList<SchemaPart> parts)
    {
        if (parts.Count > MostParts)
            throw GrammarException.Limit($"{parts[0].At} combines {parts.Count} schemas", MostParts, "Combine fewer.");
        var key = string.Join("~~&", parts.Select(part => part.Key));
        if (_known.TryGetValue(key, out var rule))
            return rule;
        _known.Add(key, rule = Rules.Reserve(parts.Count > 0 ? parts[0].At : "value"));
        _pending.Enqueue((rule, parts));
        return rule;
    }

    Expression Body(IReadOnlyList<SchemaPart> given)
    {
        if (Flatten(given) is not { } parts)
            return Never;
        for (var i = 0; i < parts.Count; i++)
        {
            foreach (var (keyword, mark) in ((string, int)[])[("anyOf", 1), ("oneOf", 2)])
            {
                var part = parts[i];
                if ((part.Taken & mark) != 0 || !part.Has(keyword))
                    continue;
                IReadOnlyList<SchemaPart> rest = [.. parts[..i], part with { Taken = part.Taken | mark }, .. parts[(i + 1)..]];
                return new Choice([.. part.FurtherOf(keyword).Select(option => Value([.. rest, option]))]);
            }
        }

        foreach (var part in parts)
            Keywords.RefuseUnsupported(part);
        return Leaf(parts);
    }

    /// <summary>Follows references and allOf; null: a part is false.</summary>
    public List<SchemaPart>? Flatten(IReadOnlyList<SchemaPart> given)
    {
        var parts = new List<SchemaPart>(given);
        var seen = new HashSet<string>(given.Select(part => part.Pointer));
        void Add(SchemaPart part)
        {
            if (seen.Add(part.Pointer))
                parts.Add(part);
            if (parts.Count > MostParts)
                throw GrammarException.Limit($"{part.At} combines too many schemas", MostParts, "Combine fewer.");
        }

        for (var i = 0; i < parts.Count; i++)
        {
            var part = parts[i];
            if (part.Schema.ValueKind == JsonValueKind.False)
                return null;
            if (part.TryGet("$ref", out var reference))
                Add(_references.Resolve(part, reference));
            foreach (var further in part.FurtherOf("allOf"))
                Add(further);
        }

        return parts;
    }

    Expression Leaf(List<SchemaPart> parts)
    {
        var stated = parts.Where(part => part.Has("type")).ToArray();
        var inferred = parts.Aggregate(JsonTypes.None, (all, part) => all | Keywords.TypesOf(part));
        var types = stated.Length > 0 ? stated.Aggregate(JsonTypes.All, (all, part) => all & JsonTypeNames.Read(part.Schema.GetProperty("type"), part.At))
            : inferred == JsonTypes.None ? JsonTypes.All : inferred;
        if (EnumValues.Of(parts) is { } values)
            return Enumerated(parts, values, stated.Length > 0 ? types : JsonTypes.All);
        return types == JsonTypes.All && inferred == JsonTypes.None ? Json.Value : OfTypes(parts, types);
    }

    Expression OfTypes(List<SchemaPart> parts, JsonTypes types)
    {
        var options = new List<Expression>();
        if ((types & JsonTypes.Object) != 0)
            options.Add(new ObjectSchema(this, parts).Build());
        if ((types & JsonTypes.Array) != 0)
            options.Add(new ArraySchema(this, parts).Build());
        if ((types & JsonTypes.String) != 0)
            options.Add(StringSchema.Build(parts, Json));
        if ((types & JsonTypes.Number) != 0)
            options.Add(NumberSchema.Build(parts, Json, integer: (types & JsonTypes.Fraction) == 0));
        if ((types & JsonTypes.Boolean) != 0)
            options.Add(Json.Boolean);
        if ((types & JsonTypes.Null) != 0)
            options.Add(Spell("null"));
        return options.Count == 1 ? options[0] : new Choice(options);
    }

    Choice Enumerated(List<SchemaPart> parts, IReadOnlyList<JsonElement> values, JsonTypes types)
    {
        // Other keywords beside an enumeration: it keeps the values that they describe.
        Func<JsonElement, bool> fits = _ => true;
        var others = parts.Select(part => Keywords.TypesOf(part)).Aggregate(JsonTypes.None, (all, t) => all | t);
        if ((others & ~JsonTypes.Object & ~JsonTypes.Array) != 0)
        {
            fits = value => (JsonTypeNames.Of(value) & JsonTypes.String & others) != 0 ? StringSchema.Admits(parts, value.GetString()!)
                : (JsonTypeNames.Of(value) & JsonTypes.Number & others) == 0 || NumberSchema.Admits(parts, value);
        }

        if (values.Any(value => (JsonTypeNames.Of(value) & types & others & (JsonTypes.Object | JsonTypes.Array)) != 0))
            throw new GrammarException($"{parts[0].At} has an enumeration of arrays or objects beside keywords for them; list only the values that are meant.");
        return new Choice([.. values.Where(value => (JsonTypeNames.Of(value) & types) != 0 && fits(value)).Select(value => JsonText.Literal(value, Json))]);
    }
}
