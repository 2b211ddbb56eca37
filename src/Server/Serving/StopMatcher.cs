namespace Kdsl.Serving;

/// <summary>Cuts a text that comes in pieces at the first stop string, and holds back what may be the start of one.</summary>
sealed class StopMatcher(IReadOnlyList<string> stops)
{
    string _held = "";

    /// <summary>A stop string was found; everything after it is dropped.</summary>
    public bool Matched { get; private set; }

    /// <summary>Takes the next piece; returns the text that is now known to be part of the answer.</summary>
    public string Append(string piece)
    {
        if (stops.Count == 0 || Matched)
            return Matched ? "" : piece;

        string text = _held + piece;
        int cut = stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        Matched = cut >= 0;
        if (!Matched)
            cut = text.Length - Enumerable.Max(stops, stop => StartOf(stop, text));
        _held = Matched ? "" : text[cut..];
        return text[..cut];
    }

    /// <summary>What was held back, when nothing more comes.</summary>
    public string Flush()
    {
        string rest = _held;
        _held = "";
        return rest;
    }

    /// <summary>Length of the longest proper start of the stop string that the text ends with.</summary>
    static int StartOf(string stop, string text)
    {
        int length = Math.Min(stop.Length - 1, text.Length);
        while (length > 0 && !text.AsSpan().EndsWith(stop.AsSpan(0, length), StringComparison.Ordinal))
            length--;
        return length;
    }
}
