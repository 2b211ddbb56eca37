using System.Globalization;
using System.Numerics;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Builtins;

/// <summary>jinja2's filters for numbers, values of any type, and JSON; those for texts and sequences have tables of their own.</summary>
internal static class Filters
{
    public static readonly BuiltinTable Table = SequenceFilters.AddTo(TextFilters.AddTo(new()))
        .Add("abs", "", c => c.Self switch
        {
            IntValue i => new IntValue(BigInteger.Abs(i.Number)),
            FloatValue f => new FloatValue(Math.Abs(f.Number)),
            _ => throw new TemplateException($"bad operand type for abs(): '{c.Self.TypeName}'"),
        })
        .Add("attr", "name", c => c.Self is UndefinedValue undefined ? throw undefined.Error()
            : c.Self.Attribute(c.TextAt(0)) ?? new UndefinedValue($"'{c.Self.Description}' has no attribute '{c.TextAt(0)}'"))
        .Add("default d", "default_value? boolean?", c => c.Self is UndefinedValue || c.FlagAt(1) && !c.Self.IsTrue ? c[0] ?? "" : c.Self)
        .Add("float", "default?", c => ToDouble(c.Self) is { } number ? new FloatValue(number) : c[0] ?? new FloatValue(0))
        .Add("int", "default? base?", c => ToInteger(c.Self, c.IntAt(1, 10)) is { } number ? new IntValue(number) : c[0] ?? 0)
        .Add("items", "", c => c.Self switch
        {
            UndefinedValue => new GeneratorValue([]),
            DictValue dict => new GeneratorValue(dict.Select(m => new TupleValue(m.Key, m.Value))),
            _ => throw new TemplateException("Can only get item pairs from a mapping."),
        })
        .Add("round", "precision? method?", Round)
        .Add("tojson", "ensure_ascii? indent? separators? sort_keys?", Json.Dump);

    static double? ToDouble(Value value) => value switch
    {
        UndefinedValue undefined => throw undefined.Error(),
        NumberValue number => number.AsDouble,
        StringValue s when double.TryParse(s.Text.Trim().Replace("_", ""), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
        _ => null,
    };

    static BigInteger? ToInteger(Value value, int radix)
    {
        if (value is IntValue i) return i.Number;
        if (value is StringValue s && Parse(s.Text.Trim().Replace("_", ""), radix) is { } parsed) return parsed;
        return ToDouble(value) is { } number && double.IsFinite(number) ? new BigInteger(number) : null;
    }

    static BigInteger? Parse(string text, int radix)
    {
        if (radix == 10) return BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) ? n : null;
        bool negative = text.StartsWith('-');
        text = text.TrimStart('-', '+').ToLowerInvariant();
        if (radix is 16 or 8 or 2 && text.StartsWith(radix == 16 ? "0x" : radix == 8 ? "0o" : "0b", StringComparison.Ordinal)) text = text[2..];
        BigInteger number = 0;
        foreach (char c in text)
        {
            int digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetterLower(c) ? c - 'a' + 10 : radix;
            if (digit >= radix) return null;
            number = number * radix + digit;
        }
        return text.Length == 0 ? null : negative ? -number : number;
    }

    static Value Round(BuiltinCall c)
    {
        int digits = Math.Clamp(c.IntAt(0, 0), -300, 300);
        string method = c.TextAt(1, "common");
        if (c.Self is UndefinedValue undefined) throw undefined.Error();
        if (c.Self is not NumberValue number) throw new TemplateException($"type {c.Self.TypeName} doesn't define __round__ method");
        if (method == "common" && number is IntValue whole && digits >= 0) return new IntValue(whole.Number);
        if (!double.IsFinite(number.AsDouble))
        {
            // Python's round keeps them, its ceil and floor make integers.
            return method == "common" ? new FloatValue(number.AsDouble)
                : throw new TemplateException($"cannot convert float {(double.IsNaN(number.AsDouble) ? "NaN" : "infinity")} to integer");
        }

        double scale = Math.Pow(10, digits);
        return method switch
        {
            "common" => new FloatValue(double.Parse(PythonFormat.Fixed(number.AsDouble, digits), CultureInfo.InvariantCulture)),
            "ceil" => new FloatValue(Math.Ceiling(number.AsDouble * scale) / scale),
            "floor" => new FloatValue(Math.Floor(number.AsDouble * scale) / scale),
            _ => throw new TemplateException("method must be common, ceil or floor"),
        };
    }
}
