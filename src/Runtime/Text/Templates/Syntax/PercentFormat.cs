using System.Globalization;
using System.Text;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Syntax;

/// <summary>Python's <c>format % values</c>: s, r, d, i, x, o, f and % with flags, width and precision.</summary>
internal static class PercentFormat
{
    public static string Apply(string format, Value values)
    {
        IReadOnlyList<Value> items = values is TupleValue tuple ? tuple.Values : [values];
        StringBuilder text = new();
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }
            string? key = null;
            if (++i < format.Length && format[i] == '(')
            {
                int close = format.IndexOf(')', i);
                if (close < 0) throw new TemplateException("incomplete format key");
                (key, i) = (format[(i + 1)..close], close + 1);
            }
            int start = i;
            while (i < format.Length && "-+ 0#".Contains(format[i])) i++;
            string flags = format[start..i];
            int width = Number(format, ref i), precision = -1;
            if (i < format.Length && format[i] == '.')
            {
                i++;
                precision = Number(format, ref i);
            }
            if (i >= format.Length) throw new TemplateException("incomplete format");
            if (format[i] == '%')
            {
                text.Append('%');
                continue;
            }
            var value = key is not null ? Access.Item(values, key)
                : next < items.Count ? items[next++] : throw new TemplateException("not enough arguments for format string");
            Rendering.Write(text, Pad(Convert(format[i], value, precision, flags), width, flags));
        }
        if (next < items.Count && values is not (DictValue or ListValue or RangeValue or UndefinedValue)) throw new TemplateException("not all arguments converted during string formatting");
        return text.ToString();
    }

    static int Number(string format, ref int i)
    {
        int start = i;
        while (i < format.Length && char.IsAsciiDigit(format[i])) i++;
        return i == start ? 0 : int.TryParse(format.AsSpan(start, i - start), out int n) ? TemplateLimits.Check(n) : throw new TemplateException("width too big");
    }

    static string Convert(char type, Value value, int precision, string flags)
    {
        switch (type)
        {
            case 's' or 'r':
                StringBuilder repr = new();
                if (type == 'r') value.WriteRepr(repr);
                else repr.Append(value.ToString());
                return precision >= 0 && precision < repr.Length ? repr.ToString(0, precision) : repr.ToString();
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o' when value is NumberValue number:
                var integer = number is IntValue i ? i.Number : new System.Numerics.BigInteger(number.AsDouble);
                string digits = type switch
                {
                    'x' => integer.ToString("x", CultureInfo.InvariantCulture).TrimStart('0') is { Length: > 0 } hex ? hex : "0",
                    'X' => integer.ToString("X", CultureInfo.InvariantCulture).TrimStart('0') is { Length: > 0 } hex ? hex : "0",
                    'o' => System.Convert.ToString((long)integer, 8),
                    _ => integer.ToString(CultureInfo.InvariantCulture),
                };
                return Signed(digits, flags);
            case 'f' or 'F' when value is NumberValue number:
                return Signed(PythonFormat.Fixed(number.AsDouble, Math.Min(precision < 0 ? 6 : precision, 300)), flags);
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o' or 'f' or 'F':
                throw new TemplateException($"%{type} format: a real number is required, not {value.TypeName}");
            default:
                throw new TemplateException($"unsupported format character '{type}'");
        }
    }

    static string Signed(string digits, string flags) =>
        digits.StartsWith('-') ? digits : flags.Contains('+') ? "+" + digits : flags.Contains(' ') ? " " + digits : digits;

    static string Pad(string text, int width, string flags)
    {
        if (flags.Contains('-')) return text.PadRight(width);
        if (!flags.Contains('0')) return text.PadLeft(width);
        string sign = text.StartsWith('-') || text.StartsWith('+') ? text[..1] : "";
        return sign + text[sign.Length..].PadLeft(Math.Max(0, width - sign.Length), '0');
    }
}
