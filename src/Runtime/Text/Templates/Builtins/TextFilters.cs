using System.Text;
using KernelDsl.Runtime.Text.Templates.Syntax;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Builtins;

/// <summary>Filters over texts.</summary>
internal static class TextFilters
{
    public static BuiltinTable AddTo(BuiltinTable table) => table
        .Add("capitalize", "", c => PythonText.Capitalize(c.Text))
        .Add("center", "width?", c => PythonText.Center(c.Text, c.IntAt(0, 80), ' '))
        .Add("e escape", "", c => Escape(c.Self as StringValue ?? new(c.Text)))
        .Add("forceescape", "", c => Escape(new(c.Text)))
        .Add("format", "*", c => PercentFormat.Apply(c.Text, c.Arguments.Named.Count > 0 ? Dict(c.Arguments) : new TupleValue(c.Arguments.Positional)))
        .Add("indent", "width? first? blank?", Indent)
        .Add("lower", "", c => PythonText.Lower(c.Text))
        .Add("replace", "old new count?", c => PythonText.Replace(c.Text, c.TextAt(0), c.TextAt(1), c.IntAt(2, -1)))
        .Add("safe", "", c => new StringValue(c.Text, isMarkup: true))
        .Add("string", "", c => c.Self as StringValue ?? new(c.Text))
        .Add("title", "", c => Title(c.Text))
        .Add("trim", "chars?", c => PythonText.Strip(c.Text, c.Given(0) ? c.TextAt(0) : null, start: true, end: true))
        .Add("truncate", "length? killwords? end? leeway?", Truncate)
        .Add("upper", "", c => PythonText.Upper(c.Text))
        .Add("urlencode", "", c => Uri.EscapeDataString(c.Text).Replace("%2F", "/"))
        .Add("wordcount", "", c => WordCount(c.Text));

    /// <summary>The text as markup; markup stays as it is.</summary>
    public static StringValue Escape(StringValue text) => text.IsMarkup ? text : new(
        text.Text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("'", "&#39;").Replace("\"", "&#34;"), isMarkup: true);

    static DictValue Dict(Arguments arguments)
    {
        DictValue dict = new();
        foreach (var (name, value) in arguments.Named) dict[name] = value;
        return dict;
    }

    static Value Indent(BuiltinCall c)
    {
        if (c.Self is UndefinedValue undefined) throw undefined.Error();
        if (c.Self is not StringValue) throw new TemplateException($"unsupported operand type(s) for +=: '{c.Self.TypeName}' and 'str'");
        string indention = c[0] is StringValue s ? s.Text : new(' ', TemplateLimits.Check(Math.Max(0, c.IntAt(0, 4))));
        var lines = PythonText.SplitLines(c.Text + "\n", keepEnds: false);
        StringBuilder text = new();
        for (int i = 0; i < lines.Count; i++)
        {
            bool indented = i == 0 ? c.FlagAt(1) : c.FlagAt(2) || lines[i].Length > 0;
            Rendering.Write(text, (i > 0 ? "\n" : "") + (indented ? indention : "") + lines[i]);
        }
        return text.ToString();
    }

    /// <summary>Upper case after white space, hyphens and opening brackets, lower case elsewhere (jinja2's own rule, not str.title's).</summary>
    static string Title(string text)
    {
        StringBuilder result = new();
        bool starts = true;
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(starts ? Rune.ToUpperInvariant(rune) : Rune.ToLowerInvariant(rune));
            starts = Rune.IsWhiteSpace(rune) || rune.Value is '-' or '(' or '{' or '[' or '<';
        }
        return result.ToString();
    }

    static Value Truncate(BuiltinCall c)
    {
        int length = c.IntAt(0, 255), leeway = c.IntAt(3, 5);
        string end = c.TextAt(2, "..."), text = c.Text;
        if (length < end.Length) throw new TemplateException($"expected length >= {end.Length}, got {length}");
        if ((c.Self.Length ?? throw new TemplateException($"object of type '{c.Self.TypeName}' has no len()")) <= (long)length + leeway) return c.Self;
        if (c.Self is not StringValue) throw new TemplateException($"a {c.Self.TypeName} cannot be truncated, only a str");
        string kept = CodePoints.Slice(text, null, length - CodePoints.Count(end), null);
        int space = kept.LastIndexOf(' ');
        return (c.FlagAt(1) || space < 0 ? kept : kept[..space]) + end;
    }

    static int WordCount(string text)
    {
        int words = 0;
        bool inside = false;
        foreach (var rune in text.EnumerateRunes())
        {
            bool word = Rune.IsLetterOrDigit(rune) || rune.Value == '_';
            if (word && !inside) words++;
            inside = word;
        }
        return words;
    }
}
