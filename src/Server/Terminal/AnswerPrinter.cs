namespace Kdsl.Terminal;

/// <summary>Writes an answer as it comes, its thoughts dimmed where the terminal can.</summary>
sealed class AnswerPrinter(TextWriter output, bool colours)
{
    const string Dim = "\e[2m", Plain = "\e[0m";

    string _recent = "";
    bool _thinking;

    /// <summary>Writes the next piece.</summary>
    public void Write(string text)
    {
        // A mark may come in pieces; a few characters of what was written are enough to see it whole.
        _recent += text;
        if (colours && !_thinking && _recent.Contains(Thoughts.Open, StringComparison.Ordinal))
            Switch(thinking: true);
        output.Write(text);
        if (colours && _thinking && _recent.Contains(Thoughts.Close, StringComparison.Ordinal))
            Switch(thinking: false);
        if (_recent.Length > Thoughts.Close.Length)
            _recent = _recent[^(Thoughts.Close.Length - 1)..];
        output.Flush();
    }

    /// <summary>Ends the answer's line.</summary>
    public void End()
    {
        if (_thinking)
            Switch(thinking: false);
        output.WriteLine();
    }

    void Switch(bool thinking)
    {
        _thinking = thinking;
        _recent = "";
        output.Write(thinking ? Dim : Plain);
    }
}
