namespace KernelDsl.Runtime.Model;

/// <summary>Untrusted text in messages.</summary>
static class Text
{
    private const int Longest = 120;

    /// <summary>In quotes, on one line, cut where it is long.</summary>
    public static string Quote(string text)
    {
        var shown = text.Length > Longest ? string.Concat(text.AsSpan(0, Longest), "…") : text;
        return $"'{OneLine(shown)}'";
    }

    /// <summary>On one line: characters that would begin another, or do worse to a terminal, are escaped.</summary>
    public static string OneLine(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(static c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString())) : text;

    /// <summary>As a shape: [2, 3].</summary>
    public static string Shape<T>(ReadOnlySpan<T> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
