using System.Text.Json;
using KernelDsl.Runtime.Grammar.Characters;

namespace KernelDsl.Runtime.Grammar.Json.Schema;

/// <summary>The keyword <c>propertyNames</c> of some parts: schemas of strings that every name must satisfy.</summary>
sealed class PropertyNames
{
    /// <param name="compiler">Follows their references.</param>
    public PropertyNames(SchemaCompiler compiler, IReadOnlyList<SchemaPart> parts)
    {
        foreach (var part in parts)
        {
            if (part.TryGet("propertyNames", out var schema))
                Names = CharDfa.Both(Names, TextsOf(compiler.Flatten([part.Child("propertyNames", schema)])));
        }
    }

    /// <summary>The names; null: all.</summary>
    public CharDfa? Names { get; }

    /// <summary>Whether a property may have this name.</summary>
    public bool Admits(string name) => Names?.Accepts(name) != false;

    /// <summary>The strings that satisfy all parts.</summary>
    /// <param name="parts">Null: there are none.</param>
    static CharDfa TextsOf(IReadOnlyList<SchemaPart>? parts)
    {
        if (parts is null || parts.Any(part => part.TryGet("type", out var type) && (JsonTypeNames.Read(type, part.At) & JsonTypes.String) == 0))
            return Only([]);
        foreach (var part in parts)
        {
            Keywords.RefuseUnsupported(part);
            if (part.Has("anyOf") || part.Has("oneOf"))
                throw new GrammarException($"{part.At} offers alternatives for names, which is not supported for structured output; say them as one pattern.");
        }

        var texts = StringSchema.Texts(parts);
        return EnumValues.Of(parts) is not { } values ? texts
            : texts.Intersect(Only(values.Where(value => value.ValueKind == JsonValueKind.String).Select(value => value.GetString()!)));
    }

    static CharDfa Only(IEnumerable<string> texts) => CharDfa.Excluding(texts).Complement();
}
