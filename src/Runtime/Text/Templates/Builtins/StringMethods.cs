using System.Text;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Builtins;

/// <summary>Methods of str.</summary>
internal static class StringMethods
{
    public static readonly BuiltinTable Table = new BuiltinTable()
        .Add("capitalize", "", c => PythonText.Capitalize(c.Text))
        .Add("casefold lower", "", c => PythonText.Lower(c.Text))
        .Add("upper", "", c => PythonText.Upper(c.Text))
        .Add("title", "", c => PythonText.Title(c.Text))
        .Add("swapcase", "", c => string.Concat(c.Text.Select(ch => char.IsUpper(ch) ? char.ToLowerInvariant(ch) : char.ToUpperInvariant(ch))))
        .Add("center", "width fillchar?", c => PythonText.Center(c.Text, c.IntAt(0, 0), Fill(c)))
        .Add("ljust", "width fillchar?", c => PythonText.Pad(c.Text, c.IntAt(0, 0), Fill(c), left: false))
        .Add("rjust", "width fillchar?", c => PythonText.Pad(c.Text, c.IntAt(0, 0), Fill(c), left: true))
        .Add("zfill", "width", c => c.Text is ['-' or '+', ..] ? c.Text[0] + PythonText.Pad(c.Text[1..], c.IntAt(0, 0) - 1, '0', left: true) : PythonText.Pad(c.Text, c.IntAt(0, 0), '0', left: true))
        .Add("count", "sub start? end?", c => Count(Range(c, out _), Argument(c, 0)))
        .Add("find", "sub start? end?", c => Find(c, last: false))
        .Add("rfind", "sub start? end?", c => Find(c, last: true))
        .Add("index", "sub start? end?", c => Found(Find(c, last: false)))
        .Add("rindex", "sub start? end?", c => Found(Find(c, last: true)))
        .Add("startswith", "prefix start? end?", c => Affixes(c).Any(a => Range(c, out _).StartsWith(a, StringComparison.Ordinal)))
        .Add("endswith", "suffix start? end?", c => Affixes(c).Any(a => Range(c, out _).EndsWith(a, StringComparison.Ordinal)))
        .Add("removeprefix", "prefix", c => c.Text.StartsWith(Argument(c, 0), StringComparison.Ordinal) ? c.Text[Argument(c, 0).Length..] : c.Text)
        .Add("removesuffix", "suffix", c => c.Text.EndsWith(Argument(c, 0), StringComparison.Ordinal) ? c.Text[..^Argument(c, 0).Length] : c.Text)
        .Add("strip", "chars?", c => PythonText.Strip(c.Text, Chars(c), start: true, end: true))
        .Add("lstrip", "chars?", c => PythonText.Strip(c.Text, Chars(c), start: true, end: false))
        .Add("rstrip", "chars?", c => PythonText.Strip(c.Text, Chars(c), start: false, end: true))
        .Add("replace", "old new count?", c => PythonText.Replace(c.Text, Argument(c, 0), Argument(c, 1), c.IntAt(2, -1)))
        .Add("split", "sep? maxsplit?", c => new ListValue(PythonText.Split(c.Text, Chars(c), c.IntAt(1, -1), fromEnd: false)))
        .Add("rsplit", "sep? maxsplit?", c => new ListValue(PythonText.Split(c.Text, Chars(c), c.IntAt(1, -1), fromEnd: true)))
        .Add("splitlines", "keepends?", c => new ListValue([.. PythonText.SplitLines(c.Text, c.FlagAt(0)).Select(l => new StringValue(l))]))
        .Add("partition", "sep", c => Partition(c, c.Text.IndexOf(Argument(c, 0), StringComparison.Ordinal), missingFirst: true))
        .Add("rpartition", "sep", c => Partition(c, c.Text.LastIndexOf(Argument(c, 0), StringComparison.Ordinal), missingFirst: false))
        .Add("join", "iterable", Join)
        .Add("format", "*", c => BraceFormat.Apply(c.Text, c.Arguments))
        .Add("isalpha", "", c => All(c, Rune.IsLetter))
        .Add("isalnum", "", c => All(c, r => Rune.IsLetter(r) || Rune.IsNumber(r)))
        .Add("isdigit isdecimal isnumeric", "", c => All(c, Rune.IsNumber))
        .Add("isspace", "", c => All(c, Rune.IsWhiteSpace))
        .Add("isascii", "", c => System.Text.Ascii.IsValid(c.Text))
        .Add("islower", "", c => IsCase(c.Text, Rune.IsLower, Rune.IsUpper))
        .Add("isupper", "", c => IsCase(c.Text, Rune.IsUpper, Rune.IsLower));

    /// <summary>At least one letter of the case, and none of the other.</summary>
    public static bool IsCase(string text, Predicate<Rune> wanted, Predicate<Rune> other)
    {
        bool any = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (other(rune)) return false;
            any |= wanted(rune);
        }
        return any;
    }

    static bool All(BuiltinCall c, Predicate<Rune> wanted)
    {
        foreach (var rune in c.Text.EnumerateRunes()) if (!wanted(rune)) return false;
        return c.Text.Length > 0;
    }

    static string Argument(BuiltinCall c, int i) => c[i] switch
    {
        StringValue s => s.Text,
        UndefinedValue undefined => throw undefined.Error(),
        var value => throw new TemplateException($"must be str, not {value!.TypeName}"),
    };

    static string? Chars(BuiltinCall c) => c.Given(0) ? Argument(c, 0) : null;

    static char Fill(BuiltinCall c) => c.TextAt(1, " ") is [var fill] ? fill : throw new TemplateException("The fill character must be exactly one character long");

    static IEnumerable<string> Affixes(BuiltinCall c) => c[0] is TupleValue tuple ? tuple.Values.Select(v => v.ToString()) : [Argument(c, 0)];

    /// <summary>The part of the text that start and end leave, and where it begins in code points.</summary>
    static string Range(BuiltinCall c, out int start)
    {
        int length = CodePoints.Count(c.Text);
        start = c.IntAt(1, 0) is var s && s < 0 ? Math.Max(0, length + s) : s;
        return start == 0 && !c.Given(2) ? c.Text : CodePoints.Slice(c.Text, start, c.Given(2) ? c.IntAt(2, 0) : null, null);
    }

    static int Count(string text, string part)
    {
        if (part.Length == 0) return CodePoints.Count(text) + 1;
        int count = 0;
        for (int at = 0; (at = text.IndexOf(part, at, StringComparison.Ordinal)) >= 0; at += part.Length) count++;
        return count;
    }

    static int Find(BuiltinCall c, bool last)
    {
        string text = Range(c, out int start), part = Argument(c, 0);
        int at = last ? text.LastIndexOf(part, StringComparison.Ordinal) : text.IndexOf(part, StringComparison.Ordinal);
        return at < 0 ? -1 : start + CodePoints.Count(text[..at]);
    }

    static int Found(int at) => at >= 0 ? at : throw new TemplateException("substring not found");

    static TupleValue Partition(BuiltinCall c, int at, bool missingFirst)
    {
        string separator = Argument(c, 0);
        if (separator.Length == 0) throw new TemplateException("empty separator");
        return at >= 0 ? new(c.Text[..at], separator, c.Text[(at + separator.Length)..]) : missingFirst ? new(c.Text, "", "") : new("", "", c.Text);
    }

    static Value Join(BuiltinCall c)
    {
        StringBuilder text = new();
        int i = 0;
        foreach (var item in Syntax.Access.Items(c[0]!))
        {
            if (item is not StringValue s) throw new TemplateException($"sequence item {i}: expected str instance, {item.TypeName} found");
            if (i++ > 0) Rendering.Write(text, c.Text);
            Rendering.Write(text, s.Text);
        }
        return text.ToString();
    }
}
