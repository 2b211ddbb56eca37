using System.Globalization;
using System.Numerics;
using System.Text;
using KernelDsl.Runtime.Text.Templates.Syntax;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Builtins;

/// <summary>str.format: fields by position or name with attributes and indices, and the specs [[fill]align][0][width][,][.precision][s|d|f|x|%].</summary>
internal static class BraceFormat
{
    public static string Apply(string format, Arguments arguments)
    {
        StringBuilder text = new();
        int automatic = 0;
        for (int i = 0; i < format.Length; i++)
        {
            char c = format[i];
            if (c is not ('{' or '}')) text.Append(c);
            else if (i + 1 < format.Length && format[i + 1] == c) text.Append(format[i++]);
            else if (c == '}') throw new TemplateException("Single '}' encountered in format string");
            else
            {
                int close = format.IndexOf('}', i);
                if (close < 0) throw new TemplateException("expected '}' before end of string");
                Rendering.Write(text, Field(format[(i + 1)..close], arguments, ref automatic));
                i = close;
            }
        }
        return text.ToString();
    }

    static string Field(string field, Arguments arguments, ref int automatic)
    {
        string[] parts = field.Split(':', 2);
        string path = parts[0];
        bool repr = path.EndsWith("!r", StringComparison.Ordinal);
        if (repr || path.EndsWith("!s", StringComparison.Ordinal)) path = path[..^2];
        int end = path.AsSpan().IndexOfAny('.', '[');
        string name = end < 0 ? path : path[..end];
        var value = name.Length == 0 ? Positional(arguments, automatic++)
            : int.TryParse(name, out int index) ? Positional(arguments, index)
            : arguments.Named.TryGetValue(name, out var named) ? named : throw new TemplateException($"format: no argument '{name}'");
        foreach (string step in end < 0 ? [] : path[end..].Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries))
            value = Access.Item(value, int.TryParse(step, out int i) ? i : step);
        if (repr)
        {
            StringBuilder shown = new();
            value.WriteRepr(shown);
            value = shown.ToString();
        }
        return parts.Length == 1 || parts[1].Length == 0 ? value.ToString() : Spec(parts[1], value);
    }

    static Value Positional(Arguments arguments, int index) => index < arguments.Positional.Count
        ? arguments.Positional[index]
        : throw new TemplateException($"Replacement index {index} out of range for positional args tuple");

    static string Spec(string spec, Value value)
    {
        int i = 0;
        char fill = ' ', align = value is NumberValue ? '>' : '<';
        if (spec.Length > 1 && "<>^".Contains(spec[1])) (fill, align, i) = (spec[0], spec[1], 2);
        else if ("<>^".Contains(spec[0])) (align, i) = (spec[0], 1);
        if (i < spec.Length && spec[i] == '0') fill = '0';
        int start = i;
        while (i < spec.Length && char.IsAsciiDigit(spec[i])) i++;
        int width = i == start ? 0 : TemplateLimits.Check(int.Parse(spec.AsSpan(start, Math.Min(i - start, 9)), provider: CultureInfo.InvariantCulture));
        bool grouped = i < spec.Length && spec[i] == ',';
        if (grouped) i++;
        int precision = -1;
        if (i < spec.Length && spec[i] == '.')
        {
            start = ++i;
            while (i < spec.Length && char.IsAsciiDigit(spec[i])) i++;
            precision = i == start ? 0 : Math.Min(int.Parse(spec.AsSpan(start, Math.Min(i - start, 9)), provider: CultureInfo.InvariantCulture), 300);
        }
        string type = spec[i..];
        string text = (type, value) switch
        {
            ("s" or "", StringValue s) => precision >= 0 ? CodePoints.Slice(s.Text, null, precision, null) : s.Text,
            ("f" or "F", NumberValue n) => Group(PythonFormat.Fixed(n.AsDouble, precision < 0 ? 6 : precision), grouped),
            ("%", NumberValue n) => PythonFormat.Fixed(n.AsDouble * 100, precision < 0 ? 6 : precision) + "%",
            ("d" or "", IntValue n) => n.Number.ToString(grouped ? "N0" : "D", CultureInfo.InvariantCulture),
            ("x", IntValue n) => n.Number.ToString("x", CultureInfo.InvariantCulture).TrimStart('0').PadLeft(1, '0'),
            ("", FloatValue n) when precision < 0 => n.ToString(),
            _ => throw new TemplateException($"format spec '{spec}' is not supported for '{value.TypeName}'"),
        };
        return align switch { '<' => text.PadRight(width, fill), '^' => PythonText.Center(text, width, fill), _ => text.PadLeft(width, fill) };
    }

    /// <summary>A comma before every third digit of the whole part.</summary>
    static string Group(string digits, bool grouped)
    {
        if (!grouped) return digits;
        int point = digits.IndexOf('.') is var p && p < 0 ? digits.Length : p;
        return BigInteger.Parse(digits[..point], CultureInfo.InvariantCulture).ToString("N0", CultureInfo.InvariantCulture) + digits[point..];
    }
}
