using System.Collections;
using System.Text;

namespace KernelDsl.Runtime.Text.Templates.Values;

/// <summary>Items by index.</summary>
public abstract class SequenceValue(IReadOnlyList<Value> values) : Value
{
    /// <summary>The items.</summary>
    public IReadOnlyList<Value> Values { get; } = values;
    public override bool IsTrue => Values.Count > 0;
    public override int? Length => Values.Count;
    internal override IEnumerable<Value> Items => Values;
    internal override Value? Attribute(string name) => Builtins.CollectionMethods.Sequences.Bind(name, this);

    internal override Value? ItemAt(Value key)
    {
        if (key is not IntValue { Number: var n }) return null;
        if (n < 0) n += Values.Count;
        return n >= 0 && n < Values.Count ? Values[(int)n] : null;
    }

    public override bool Equals(object? obj) =>
        obj is SequenceValue s && s.GetType() == GetType() && s.Values.Count == Values.Count && s.Values.SequenceEqual(Values);

    public override int GetHashCode() => Values.Aggregate(Values.Count, HashCode.Combine);

    private protected void WriteItems(StringBuilder text, string open, string close)
    {
        text.Append(open);
        for (int i = 0; i < Values.Count; i++)
        {
            if (i > 0) text.Append(", ");
            Values[i].WriteRepr(text);
        }
        TemplateLimits.Check(text.Append(close).Length);
    }
}

/// <summary>A list; JSON's array.</summary>
public sealed class ListValue(IReadOnlyList<Value> values) : SequenceValue(values)
{
    public override string TypeName => "list";
    public override void WriteRepr(StringBuilder text) => WriteItems(text, "[", "]");

    internal override Value? Attribute(string name) => name is "append" or "clear" or "pop" or "reverse" or "insert" or "sort" or "extend" or "remove"
        ? new UndefinedValue($"access to attribute '{name}' of 'list' object is unsafe.")
        : base.Attribute(name);
}

/// <summary>A tuple.</summary>
public sealed class TupleValue(params IReadOnlyList<Value> values) : SequenceValue(values)
{
    public override string TypeName => "tuple";
    public override void WriteRepr(StringBuilder text) => WriteItems(text, "(", Values.Count == 1 ? ",)" : ")");
}

/// <summary>What range() makes.</summary>
internal sealed class RangeValue(string arguments, IReadOnlyList<Value> values) : SequenceValue(values)
{
    public override string TypeName => "range";
    public override void WriteRepr(StringBuilder text) => text.Append(arguments);
}

/// <summary>keys(), values() and items() of a dict: countable, not indexable.</summary>
internal sealed class ViewValue(string kind, IReadOnlyList<Value> values) : SequenceValue(values)
{
    public override string TypeName => kind;
    public override void WriteRepr(StringBuilder text) => WriteItems(text, $"{kind}([", "])");
    internal override Value? ItemAt(Value key) => null;
    internal override Value? Attribute(string name) => null;
}

/// <summary>What map, select and their like make: can be gone through once, and has no length.</summary>
internal sealed class GeneratorValue(IEnumerable<Value> values, string name = "generator") : Value
{
    readonly IEnumerator<Value> _values = values.GetEnumerator();

    public override string TypeName => name;
    public override void WriteRepr(StringBuilder text) => text.Append('<').Append(name).Append(" object>");

    internal override IEnumerable<Value> Items
    {
        get
        {
            while (_values.MoveNext()) yield return _values.Current;
        }
    }
}

/// <summary>A dict; JSON's object. Keeps the order of insertion.</summary>
public sealed class DictValue : Value, IEnumerable<KeyValuePair<Value, Value>>
{
    readonly OrderedDictionary<Value, Value> _members = [];

    /// <summary>Sets a member; a key that is there keeps its place.</summary>
    public Value this[Value key]
    {
        set => _members[Hashable(key)] = value;
    }

    /// <summary>The member with this name, or null.</summary>
    public Value? Find(Value key) => _members.GetValueOrDefault(Hashable(key));

    /// <summary>Takes a member out.</summary>
    public bool Remove(Value key) => _members.Remove(key);

    public IEnumerator<KeyValuePair<Value, Value>> GetEnumerator() => _members.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string TypeName => "dict";
    public override bool IsTrue => _members.Count > 0;
    public override int? Length => _members.Count;
    internal override IEnumerable<Value> Items => _members.Keys;
    internal override Value? ItemAt(Value key) => key is DictValue or ListValue ? null : Find(key);

    internal override Value? Attribute(string name) => name is "clear" or "pop" or "popitem" or "setdefault" or "update"
        ? new UndefinedValue($"access to attribute '{name}' of 'dict' object is unsafe.")
        : Builtins.CollectionMethods.Dicts.Bind(name, this);

    public override bool Equals(object? obj) => obj is DictValue d && d._members.Count == _members.Count
        && _members.All(m => d._members.TryGetValue(m.Key, out var value) && value.Equals(m.Value));

    public override int GetHashCode() => _members.Count;

    public override void WriteRepr(StringBuilder text)
    {
        text.Append('{');
        string separator = "";
        foreach (var (key, value) in _members)
        {
            text.Append(separator);
            key.WriteRepr(text);
            text.Append(": ");
            value.WriteRepr(text);
            separator = ", ";
        }
        TemplateLimits.Check(text.Append('}').Length);
    }

    static Value Hashable(Value key) => key is not (DictValue or ListValue) ? key : throw new TemplateException($"unhashable type: '{key.TypeName}'");
}

/// <summary>namespace(): attributes that a template can set from inner scopes.</summary>
internal sealed class NamespaceValue(Dictionary<string, Value> attributes) : Value
{
    public override string TypeName => "Namespace";
    internal override string Description => "jinja2.utils.Namespace object";
    public override void WriteRepr(StringBuilder text) => text.Append("<Namespace>");
    internal override Value? Attribute(string name) => attributes.GetValueOrDefault(name);
    internal override Value? ItemAt(Value key) => key is StringValue s ? Attribute(s.Text) : null;
    public void Set(string name, Value value) => attributes[name] = value;
}
