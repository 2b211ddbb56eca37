namespace Kdsl.Serving.Answers;

/// <summary>Finds a mark in a text that comes in pieces, holding back what may be its start.</summary>
struct MarkScanner
{
    string _held;

    /// <summary>Takes a piece; says what comes before the mark, and, when the mark was found, what comes after it.</summary>
    public string Append(string piece, string mark, out string? after)
    {
        var text = _held + piece;
        _held = "";
        int at = text.IndexOf(mark, StringComparison.Ordinal);
        after = at < 0 ? null : text[(at + mark.Length)..];
        if (at >= 0)
            return text[..at];

        int held = Math.Min(text.Length, mark.Length - 1);
        while (!mark.AsSpan().StartsWith(text.AsSpan(text.Length - held)))
            held--;
        _held = text[^held..];
        return text[..^held];
    }

    /// <summary>What was held back, when nothing more comes.</summary>
    public string Flush()
    {
        string held = _held ?? "";
        _held = "";
        return held;
    }
}
