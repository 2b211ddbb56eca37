using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace KernelDsl.Runtime.Text.Loading;

/// <summary>A JSON value that knows its file and path, so that every complaint names both. A path is spelt only for a complaint: vocabularies have 150,000 entries.</summary>
internal readonly record struct JsonField(string File, string Parent, JsonElement? Value)
{
    /// <summary>Its name in the parent, where it was reached by enumeration.</summary>
    string? Name { get; init; }

    /// <summary>Its index in the parent plus one, where it was reached by enumeration.</summary>
    int Position { get; init; }

    public string Path => Name is { } name ? $"{Parent}.{name}" : Position > 0 ? $"{Parent}[{Position - 1}]" : Parent;

    /// <summary>A member; absent and null are the same.</summary>
    public JsonField this[string name] => new(File, Path is "$" ? name : $"{Path}.{name}",
        Value is { ValueKind: JsonValueKind.Object } o && o.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null);

    /// <summary>Items or members; none of what has neither.</summary>
    public int Count => Value?.ValueKind switch
    {
        JsonValueKind.Array => Value.Value.GetArrayLength(),
        JsonValueKind.Object => Value.Value.GetPropertyCount(),
        _ => 0,
    };

    public bool IsAbsent => Value is null;

    public string? Text => Value is { ValueKind: JsonValueKind.String } s ? s.GetString() : null;

    public string RequiredText => Text ?? throw Wrong("a string");

    public int Integer => Value is { ValueKind: JsonValueKind.Number } n && n.TryGetInt32(out int i) ? i : throw Wrong("an integer");

    /// <summary>A flag; false when absent.</summary>
    public bool Flag => Value?.ValueKind switch
    {
        null or JsonValueKind.False => false,
        JsonValueKind.True => true,
        _ => throw Wrong("true or false"),
    };

    public IEnumerable<JsonField> Items()
    {
        if (Value is not { ValueKind: JsonValueKind.Array } array) throw Wrong("an array");
        string file = File, path = Path;
        return array.EnumerateArray().Select((item, i) => new JsonField(file, path, item) { Position = i + 1 });
    }

    public IEnumerable<(string Name, JsonField Value)> Members()
    {
        if (Value is not { ValueKind: JsonValueKind.Object } members) throw Wrong("an object");
        string file = File, path = Path;
        return members.EnumerateObject().Select(m => m.Name is var name ? (name, new JsonField(file, path, m.Value) { Name = name }) : default);
    }

    /// <summary>Refuses any value but the listed ones; null stands for absent.</summary>
    public void Require(params ReadOnlySpan<string?> allowed)
    {
        string? actual = Value is { ValueKind: JsonValueKind.String } s ? s.GetString() : Value?.GetRawText();
        if (!allowed.Contains(actual)) throw Error($"is {Show(actual)}; supported: {string.Join(" or ", allowed.ToArray().Select(Show))}");
    }

    [DoesNotReturn]
    public void Refuse(string message) => throw Error(message);

    public TokenizerException Wrong(string expected) =>
        Error(Value is { } v ? $"is a JSON {v.ValueKind}; expected {expected}" : $"is missing; expected {expected}");

    public TokenizerException Error(string message) => new(File, Path, message);

    static string Show(string? value) => value switch { null => "absent", "" => "''", { Length: > 200 } => value[..200] + "…", _ => value };
}
