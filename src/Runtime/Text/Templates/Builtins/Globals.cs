using System.Numerics;
using System.Text;
using KernelDsl.Runtime.Text.Templates.Syntax;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Builtins;

/// <summary>Functions that every template sees: jinja2's, and Hugging Face's raise_exception and strftime_now.</summary>
internal static class Globals
{
    public static readonly BuiltinTable Table = new BuiltinTable()
        .Add("range", "start stop? step?", Range)
        .Add("dict", "*", Dict)
        .Add("namespace", "*", c => new NamespaceValue(Dict(c).ToDictionary(m => m.Key.ToString(), m => m.Value)))
        .Add("raise_exception", "message", c => throw new TemplateException(c.TextAt(0)))
        .Add("strftime_now", "format", c => Strftime(c.Rendering.Now, c.TextAt(0)))
        .Add("joiner", "sep?", c => Joiner(c.TextAt(0, ", ")));

    public static readonly string[] Names = ["range", "dict", "namespace", "raise_exception", "strftime_now", "joiner"];

    static RangeValue Range(BuiltinCall c)
    {
        var (start, stop, step) = c.Given(1) ? (Whole(c, 0), Whole(c, 1), c.Given(2) ? Whole(c, 2) : 1) : (0, Whole(c, 0), 1);
        if (step.IsZero) throw new TemplateException("range() arg 3 must not be zero");
        var count = step > 0 ? (stop - start + step - 1) / step : (start - stop - step - 1) / -step;
        if (count > TemplateLimits.MaxRange)
            throw new TemplateException($"Range too big. The sandbox blocks ranges larger than MAX_RANGE ({TemplateLimits.MaxRange}).");
        Value[] values = [.. Enumerable.Range(0, Math.Max(0, (int)BigInteger.Max(count, 0))).Select(i => new IntValue(start + i * step))];
        return new(step == 1 ? $"range({start}, {stop})" : $"range({start}, {stop}, {step})", values);
    }

    static BigInteger Whole(BuiltinCall c, int i) => c[i] switch
    {
        IntValue n => n.Number,
        UndefinedValue undefined => throw undefined.Error(),
        var value => throw new TemplateException($"'{value!.TypeName}' object cannot be interpreted as an integer"),
    };

    static DictValue Dict(BuiltinCall c)
    {
        DictValue dict = new();
        foreach (var source in c.Arguments.Positional)
            if (source is DictValue other)
                foreach (var (key, value) in other) dict[key] = value;
            else
                foreach (var pair in Access.Items(source))
                {
                    if (Access.Items(pair).ToList() is not [var key, var value]) throw new TemplateException("dictionary update sequence element is not a pair");
                    dict[key] = value;
                }
        foreach (var (name, value) in c.Arguments.Named) dict[name] = value;
        return dict;
    }

    static FunctionValue Joiner(string separator)
    {
        bool used = false;
        return new("joiner", (_, _) =>
        {
            string text = used ? separator : "";
            used = true;
            return text;
        });
    }

    /// <summary>The directives of strftime in the C locale.</summary>
    static string Strftime(DateTime now, string format)
    {
        StringBuilder text = new();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }
            bool bare = format[++i] == '-' && i + 1 < format.Length;
            if (bare) i++;
            string part = Directive(now, format[i]);
            text.Append(bare && part.Length > 1 ? part.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0" : part);
        }
        return text.ToString();
    }

    static string Directive(DateTime now, char directive)
    {
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        return directive switch
        {
            'Y' => now.ToString("yyyy", culture),
            'y' => now.ToString("yy", culture),
            'm' => now.ToString("MM", culture),
            'B' => now.ToString("MMMM", culture),
            'b' or 'h' => now.ToString("MMM", culture),
            'd' => now.ToString("dd", culture),
            'e' => now.Day.ToString(culture).PadLeft(2),
            'A' => now.ToString("dddd", culture),
            'a' => now.ToString("ddd", culture),
            'H' => now.ToString("HH", culture),
            'I' => now.ToString("hh", culture),
            'M' => now.ToString("mm", culture),
            'S' => now.ToString("ss", culture),
            'f' => now.ToString("ffffff", culture),
            'p' => now.ToString("tt", culture),
            'j' => now.DayOfYear.ToString("000", culture),
            'w' => ((int)now.DayOfWeek).ToString(culture),
            'u' => (now.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)now.DayOfWeek).ToString(culture),
            'F' => now.ToString("yyyy-MM-dd", culture),
            'D' or 'x' => now.ToString("MM/dd/yy", culture),
            'T' or 'X' => now.ToString("HH:mm:ss", culture),
            'R' => now.ToString("HH:mm", culture),
            'c' => now.ToString("ddd MMM ", culture) + now.Day.ToString(culture).PadLeft(2) + now.ToString(" HH:mm:ss yyyy", culture),
            'n' => "\n",
            't' => "\t",
            'z' or 'Z' => "",
            '%' => "%",
            _ => throw new TemplateException($"strftime_now: directive '%{directive}' is not supported"),
        };
    }
}
