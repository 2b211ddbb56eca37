using System.Globalization;
using System.Text;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Builtins;

/// <summary>tojson as Hugging Face defines it: json.dumps with ensure_ascii=False by default.</summary>
internal sealed class Json(bool ensureAscii, string? indent, string itemSeparator, string keySeparator, bool sortKeys)
{
    const int MaxDepth = 200;
    readonly StringBuilder _text = new();

    public static Value Dump(BuiltinCall call)
    {
        string? indent = !call.Given(1) ? null : call[1] is StringValue s ? s.Text : new string(' ', TemplateLimits.Check(Math.Max(0, call.IntAt(1, 0))));
        var separators = call.Given(2) && call[2] is SequenceValue { Values: [var item, var key] } ? (item.ToString(), key.ToString())
            : call.Given(2) ? throw new TemplateException("separators takes two texts") : (indent is null ? ", " : ",", ": ");
        Json json = new(call.FlagAt(0), indent, separators.Item1, separators.Item2, call.FlagAt(3));
        json.Write(call.Self, 0);
        return json._text.ToString();
    }

    void Write(Value value, int depth)
    {
        if (depth > MaxDepth) throw new TemplateException($"tojson: values are nested more than {MaxDepth} deep");
        TemplateLimits.Check(_text.Length);
        switch (value)
        {
            case NoneValue: _text.Append("null"); break;
            case BoolValue b: _text.Append(b.IsTrue ? "true" : "false"); break;
            case IntValue i: _text.Append(i.Number.ToString(CultureInfo.InvariantCulture)); break;
            case FloatValue f: _text.Append(Number(f.Number)); break;
            case StringValue s: WriteString(s.Text); break;
            case DictValue d: WriteAll('{', '}', [.. Members(d)], m => WriteMember(m, depth), depth); break;
            case ListValue or TupleValue: WriteAll('[', ']', ((SequenceValue)value).Values, v => Write(v, depth + 1), depth); break;
            default: throw new TemplateException($"Object of type {value.TypeName} is not JSON serializable");
        }
    }

    IEnumerable<(string, Value)> Members(DictValue dict)
    {
        var members = sortKeys ? dict.OrderBy(m => m.Key, Comparer<Value>.Create((a, b) => Syntax.Operators.Order("<", a, b))) : dict.AsEnumerable();
        return members.Select(m => (m.Key switch
        {
            StringValue s => s.Text,
            NoneValue => "null",
            BoolValue b => b.IsTrue ? "true" : "false",
            FloatValue f => Number(f.Number),
            IntValue i => i.ToString(),
            _ => throw new TemplateException($"keys must be str, int, float, bool or None, not {m.Key.TypeName}"),
        }, m.Value));
    }

    void WriteMember((string Key, Value Value) member, int depth)
    {
        WriteString(member.Key);
        _text.Append(keySeparator);
        Write(member.Value, depth + 1);
    }

    void WriteAll<T>(char open, char close, IReadOnlyList<T> items, Action<T> write, int depth)
    {
        _text.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0) _text.Append(itemSeparator);
            NewLine(depth + 1);
            write(items[i]);
        }
        if (items.Count > 0) NewLine(depth);
        _text.Append(close);
    }

    void NewLine(int depth)
    {
        if (indent is null) return;
        _text.Append('\n');
        for (int i = 0; i < depth; i++) _text.Append(indent);
    }

    static string Number(double number) => double.IsNaN(number) ? "NaN" : double.IsInfinity(number) ? number > 0 ? "Infinity" : "-Infinity" : PythonFormat.Repr(number);

    void WriteString(string text)
    {
        _text.Append('"');
        foreach (char c in text)
        {
            int known = "\"\\\n\r\t\f\b".IndexOf(c);
            if (known >= 0) _text.Append('\\').Append("\"\\nrtfb"[known]);
            else if (c < 0x20 || ensureAscii && c > 0x7E) _text.Append($"\\u{(int)c:x4}");
            else _text.Append(c);
        }
        _text.Append('"');
    }
}
