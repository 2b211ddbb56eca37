using System.Buffers;
using System.Text;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Builtins;

/// <summary>What str's methods do, by code points and independent of culture.</summary>
internal static class PythonText
{
    static readonly SearchValues<char> LineEnds = SearchValues.Create("\n\r\v\f\x1C\x1D\x1E\u0085\u2028\u2029");

    public static string Lower(string text) => text.ToLowerInvariant();

    /// <summary>Full case mapping has one letter that grows and is common: ß.</summary>
    public static string Upper(string text) => text.ToUpperInvariant().Replace("ß", "SS");

    public static string Capitalize(string text)
    {
        if (text.Length == 0) return text;
        int first = char.IsHighSurrogate(text[0]) && text.Length > 1 ? 2 : 1;
        return Upper(text[..first]) is "SS" ? "Ss" + Lower(text[1..]) : Upper(text[..first]) + Lower(text[first..]);
    }

    public static string Title(string text)
    {
        StringBuilder result = new();
        bool starts = true;
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(starts ? Rune.ToUpperInvariant(rune) : Rune.ToLowerInvariant(rune));
            starts = !Rune.IsLetter(rune);
        }
        return result.ToString();
    }

    public static string Pad(string text, int width, char fill, bool left)
    {
        int missing = TemplateLimits.Check(width) - CodePoints.Count(text);
        return missing <= 0 ? text : left ? new string(fill, missing) + text : text + new string(fill, missing);
    }

    public static string Center(string text, int width, char fill)
    {
        int missing = TemplateLimits.Check(width) - CodePoints.Count(text);
        if (missing <= 0) return text;
        int left = missing / 2 + (missing & width & 1);
        return new string(fill, left) + text + new string(fill, missing - left);
    }

    public static string Replace(string text, string old, string replacement, int count)
    {
        if (count == 0) return text;
        StringBuilder result = new();
        int at = 0;
        for (int done = 0; count < 0 || done < count; done++)
        {
            // Python replaces an empty text between any two characters.
            int found = old.Length == 0 ? (done == 0 ? 0 : at + 1) : text.IndexOf(old, at, StringComparison.Ordinal);
            if (found < 0 || found > text.Length) break;
            Rendering.Write(result, text[at..found]);
            Rendering.Write(result, replacement);
            at = found + old.Length;
        }
        return result.Append(text, at, text.Length - at).ToString();
    }

    public static string Strip(string text, string? chars, bool start, bool end)
    {
        int from = 0, to = text.Length;
        while (start && from < to && Strips(text, from, chars, out int width)) from += width;
        while (end && to > from && Strips(text, to - 1, chars, out int width)) to -= width;
        return text[from..to];
    }

    static bool Strips(string text, int at, string? chars, out int width)
    {
        width = char.IsSurrogate(text[at]) ? 2 : 1;
        if (chars is null) return char.IsWhiteSpace(text[at]) || text[at] is >= '\x1C' and <= '\x1F';
        if (width == 1) return chars.Contains(text[at]);
        int start = char.IsLowSurrogate(text[at]) ? at - 1 : at;
        return start >= 0 && start + 2 <= text.Length && chars.Contains(text.Substring(start, 2), StringComparison.Ordinal);
    }

    /// <summary>str.split and str.rsplit.</summary>
    public static List<Value> Split(string text, string? separator, int limit, bool fromEnd)
    {
        if (separator == "") throw new TemplateException("empty separator");
        List<Value> parts = [];
        if (separator is null) text = Strip(text, null, !fromEnd, fromEnd);
        while (text.Length > 0 || separator is not null)
        {
            var (at, width) = limit >= 0 && parts.Count >= limit ? (-1, 0) : Find(text, separator, fromEnd);
            if (at < 0) break;
            parts.Add(fromEnd ? text[(at + width)..] : text[..at]);
            text = fromEnd ? text[..at] : text[(at + width)..];
            if (separator is null && text.Length == 0) break;
        }
        if (separator is not null || text.Length > 0) parts.Add(text);
        if (fromEnd) parts.Reverse();
        return parts;
    }

    static (int At, int Width) Find(string text, string? separator, bool fromEnd)
    {
        if (separator is not null)
            return (fromEnd ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal), separator.Length);
        int at = fromEnd ? text.Length - 1 : 0, step = fromEnd ? -1 : 1;
        while (at >= 0 && at < text.Length && !char.IsWhiteSpace(text[at])) at += step;
        if (at < 0 || at >= text.Length) return (-1, 0);
        int first = at, last = at;
        while (fromEnd && first > 0 && char.IsWhiteSpace(text[first - 1])) first--;
        while (!fromEnd && last + 1 < text.Length && char.IsWhiteSpace(text[last + 1])) last++;
        return (first, last - first + 1);
    }

    public static List<string> SplitLines(string text, bool keepEnds)
    {
        List<string> lines = [];
        for (int from = 0, end; from < text.Length;)
        {
            end = text.AsSpan(from).IndexOfAny(LineEnds);
            if (end < 0)
            {
                lines.Add(text[from..]);
                break;
            }
            end += from;
            int next = text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? end + 2 : end + 1;
            lines.Add(text[from..(keepEnds ? next : end)]);
            from = next;
        }
        return lines;
    }
}
