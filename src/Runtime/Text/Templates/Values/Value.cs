using System.Text;
using System.Text.Json;

namespace KernelDsl.Runtime.Text.Templates.Values;

/// <summary>A value as a template sees it: Python's types, compared, printed and indexed as Python does. Immutable but for namespaces.</summary>
public abstract class Value
{
    /// <summary>Python's name of the type.</summary>
    public abstract string TypeName { get; }

    /// <summary>Truth value.</summary>
    public virtual bool IsTrue => true;

    /// <summary>Number of items; null when the type has none.</summary>
    public virtual int? Length => null;

    /// <summary>How a printed container or tojson's errors show it: repr().</summary>
    public abstract void WriteRepr(StringBuilder text);

    /// <summary>str().</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        WriteRepr(text);
        return text.ToString();
    }

    /// <summary>Items in order; null when the type cannot be iterated.</summary>
    internal virtual IEnumerable<Value>? Items => null;

    /// <summary><c>value[key]</c>; null when there is none.</summary>
    internal virtual Value? ItemAt(Value key) => null;

    /// <summary><c>value.name</c> without the items; null when there is none.</summary>
    internal virtual Value? Attribute(string name) => null;

    /// <summary>jinja2's name for the value in its messages about missing attributes.</summary>
    internal virtual string Description => $"{TypeName} object";

    /// <summary>Values of JSON: 1 and 1.0 stay apart, members keep their order.</summary>
    public static Value From(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => FromMembers(json),
        JsonValueKind.Array => new ListValue([.. json.EnumerateArray().Select(From)]),
        JsonValueKind.String => new StringValue(json.GetString()!),
        JsonValueKind.Number => NumberOf(json.GetRawText()),
        JsonValueKind.True => BoolValue.True,
        JsonValueKind.False => BoolValue.False,
        _ => NoneValue.Instance,
    };

    static DictValue FromMembers(JsonElement json)
    {
        DictValue dict = new();
        foreach (var member in json.EnumerateObject()) dict[new StringValue(member.Name)] = From(member.Value);
        return dict;
    }

    static Value NumberOf(string text) => text.AsSpan().IndexOfAny('.', 'e', 'E') < 0
        ? new IntValue(System.Numerics.BigInteger.Parse(text))
        : new FloatValue(double.Parse(text, System.Globalization.CultureInfo.InvariantCulture));

    public static implicit operator Value(string text) => new StringValue(text);

    public static implicit operator Value(bool flag) => flag ? BoolValue.True : BoolValue.False;

    public static implicit operator Value(int number) => new IntValue(number);
}
