using System.Text.Json;
using KernelDsl.Runtime.Grammar.Characters;
using static KernelDsl.Runtime.Grammar.Expression;

namespace KernelDsl.Runtime.Grammar.Json.Schema;

/// <summary>
/// Keywords of objects. Properties come in the order in which the schema names them, then those that it does not name, if it allows any: where it
/// names some and says nothing of others, there are no others.
/// </summary>
sealed class ObjectSchema(SchemaCompiler compiler, IReadOnlyList<SchemaPart> parts)
{
    readonly JsonRules _json = compiler.Json;
    readonly List<(Expression Field, bool Required)> _fields = [];
    readonly List<string> _names = [];
    readonly PropertyNames _allowed = new(compiler, parts);
    readonly NamePattern[] _patterns = [.. parts.SelectMany(NamePattern.Of)];

    /// <summary>The objects that satisfy all parts.</summary>
    public Expression Build()
    {
        if (!AddFields())
            return Never;
        var further = Further();
        var least = parts.Max(part => Keywords.Count(part, "minProperties")) ?? 0;
        var most = parts.Min(part => Keywords.Count(part, "maxProperties"));
        if (_fields.Count > 0)
        {
            if (least > _fields.Count(field => field.Required))
                throw Refused("minProperties", "more properties than are required");
            if (most < _fields.Count || (most is not null && further is not null))
                throw Refused("maxProperties", "fewer properties than there can be");
        }

        if (most < least || (further is null && least > _fields.Count))
            return Never;
        var fields = _fields.Count == 0 ? further is null ? Empty : _json.Separated(further, least, most) : Chain(further);
        return Of(Spell("{"), _json.Space, fields, Spell("}"));
    }

    /// <summary>The properties that the schemas name; false: one of them is required and can have no value.</summary>
    bool AddFields()
    {
        var required = parts.SelectMany(Required).ToHashSet();
        string[] names = [.. parts.SelectMany(Names).Concat(parts.SelectMany(Required)).Distinct()];
        foreach (var name in names)
        {
            _names.Add(name);
            var schemas = parts.SelectMany(part => Named(part, name)).ToArray();
            if (_allowed.Admits(name) && !schemas.Any(schema => schema.Schema.ValueKind == JsonValueKind.False))
                _fields.Add((_json.Field(name, schemas.Length == 0 ? _json.Value : compiler.Value(schemas)), required.Contains(name)));
            else if (required.Contains(name))
                return false;
        }

        return true;
    }

    /// <summary>A property that the schemas do not name; null: there are none.</summary>
    Expression? Further()
    {
        var options = new List<Expression>();
        foreach (var (names, matched) in NamePattern.Partition(_patterns, parts[0].At))
        {
            var schemas = parts.SelectMany(part => Patterned(part, matched)).ToArray();
            if (schemas.Any(schema => schema.Schema.ValueKind == JsonValueKind.False) || (matched.Count == 0 && IsClosed(schemas.Length > 0)))
                continue;
            if (Name(names) is { } name)
                options.Add(_json.Field(name, schemas.Length == 0 ? _json.Value : compiler.Value(schemas)));
        }

        return options.Count switch { 0 => null, 1 => options[0], _ => compiler.Rules.Add("further", new Choice(options)) };
    }

    /// <summary>No others than the properties that are named, by themselves or by patterns.</summary>
    /// <param name="stated">The schemas say something of the others.</param>
    bool IsClosed(bool stated) =>
        parts.Any(part => part.TryGet("unevaluatedProperties", out var rest) && rest.ValueKind == JsonValueKind.False)
        || (!stated && parts.Any(part => part.Has("properties") || part.Has("required") || part.Has("patternProperties")));

    /// <summary>A name of these that may stand there and is not another property's; null: there is none.</summary>
    /// <param name="names">Null: all.</param>
    Expression? Name(CharDfa? names)
    {
        names = CharDfa.Both(names, _allowed.Names);
        if (_names.Count > 0)
            names = CharDfa.Both(names, CharDfa.Excluding(_names));
        if (names is null)
            return _json.String;
        return names.IsNever ? null : Of(Spell("\""), new Pattern(names, InJson: true), Spell("\""));
    }

    /// <summary>Two rules per property: what may follow when something came before it, and when nothing did.</summary>
    Expression Chain(Expression? further)
    {
        var comma = Of(Spell(","), _json.Space);
        Expression after = Empty, first = Empty;
        if (further is not null)
        {
            var one = compiler.Rules.Add("further", Of(further, _json.Space));
            after = compiler.Rules.Add("further", new Repeat(compiler.Rules.Add("further", Of(comma, one)), 0, null));
            first = Of(one, after).Optional();
        }

        for (var i = _fields.Count - 1; i >= 0; i--)
        {
            var (field, required) = _fields[i];
            var one = compiler.Rules.Add("field", Of(field, _json.Space));
            Expression nextAfter = Of(comma, one, after), nextFirst = Of(one, after);
            first = compiler.Rules.Add("fields", required ? nextFirst : new Choice([nextFirst, first]));
            after = compiler.Rules.Add("fields", required ? nextAfter : new Choice([nextAfter, after]));
        }

        return first;
    }

    /// <summary>What a part says of a property that some part names.</summary>
    IEnumerable<SchemaPart> Named(SchemaPart part, string name)
    {
        SchemaPart[] own = part.TryGet("properties", out var properties) && properties.TryGetProperty(name, out var schema)
            ? [part.Child($"properties/{References.Step(name)}", schema)] : [];
        return OrAdditional(part, [.. own, .. _patterns.Where(pattern => pattern.Part == part && pattern.Admits(name)).Select(pattern => pattern.Schema)]);
    }

    /// <summary>What a part says of a property that no part names, and these patterns do.</summary>
    static IEnumerable<SchemaPart> Patterned(SchemaPart part, IReadOnlyList<NamePattern> matched) =>
        OrAdditional(part, [.. matched.Where(pattern => pattern.Part == part).Select(pattern => pattern.Schema)]);

    static IEnumerable<SchemaPart> OrAdditional(SchemaPart part, SchemaPart[] schemas) =>
        schemas.Length > 0 ? schemas : Additional(part) is { } additional ? [additional] : [];

    static SchemaPart? Additional(SchemaPart part)
    {
        if (part.TryGet("additionalProperties", out var schema))
            return part.Child("additionalProperties", schema);
        if (part.TryGet("unevaluatedProperties", out var rest) && rest.ValueKind == JsonValueKind.Object)
            throw new GrammarException($"{part.At}/unevaluatedProperties is a schema; supported are true and false.");
        return null;
    }

    static IEnumerable<string> Names(SchemaPart part)
    {
        if (!part.TryGet("properties", out var properties))
            return [];
        return properties.ValueKind == JsonValueKind.Object ? properties.EnumerateObject().Select(property => property.Name)
            : throw new GrammarException($"{part.At}/properties must be an object of schemas.");
    }

    static IEnumerable<string> Required(SchemaPart part)
    {
        if (!part.TryGet("required", out var list))
            return [];
        return list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String)
            ? list.EnumerateArray().Select(name => name.GetString()!) : throw new GrammarException($"{part.At}/required must be an array of names.");
    }

    GrammarException Refused(string keyword, string meaning) =>
        new($"{parts[0].At} has the keyword '{keyword}' with {meaning}, which is not supported for structured output beside named properties.");
}
