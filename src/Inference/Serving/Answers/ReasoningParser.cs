namespace Kdsl.Serving.Answers;

/// <summary>How a model marks its thoughts.</summary>
enum ReasoningMode
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>The prompt has opened them: all up to <c>&lt;/think&gt;</c> is thought, with or without another <c>&lt;think&gt;</c> (DeepSeek-R1's rule).</summary>
    Opened,

    /// <summary>An answer that begins with <c>&lt;think&gt;</c> begins with thoughts.</summary>
    Marked,
}

/// <summary>Parts thoughts from the answer. Incremental: any cutting of the text into pieces gives the same events, but for where their texts are cut.</summary>
sealed class ReasoningParser(ReasoningMode mode)
{
    /// <summary>Starts thoughts.</summary>
    public const string Open = "<think>";

    /// <summary>Ends them.</summary>
    public const string Close = "</think>";

    /// <summary>How the thoughts of an answer to this prompt are told from the rest.</summary>
    public static ReasoningMode ModeOf(string prompt, ITextModel model) =>
        prompt.AsSpan().TrimEnd().EndsWith(Open, StringComparison.Ordinal) ? ReasoningMode.Opened
        : model.Thinks ? ReasoningMode.Marked : ReasoningMode.None;

    MarkScanner _scanner;
    // Space and the start of a mark, before it is known what the text begins with.
    string? _beginning = mode == ReasoningMode.None ? null : "";
    bool _thinking = mode == ReasoningMode.Opened;

    /// <summary>The answer has begun.</summary>
    public bool Done => _beginning is null && !_thinking;

    /// <summary>Takes the next piece.</summary>
    public IEnumerable<AnswerEvent> Append(string text)
    {
        if (_beginning is not null)
        {
            _beginning += text;
            var start = _beginning.AsSpan().TrimStart();
            if (start.Length < Open.Length && Open.AsSpan().StartsWith(start))
                yield break;
            text = _beginning;
            if (start.StartsWith(Open))
                (text, _thinking) = (start[Open.Length..].ToString(), true);
            _beginning = null;
        }

        if (_thinking)
        {
            string thought = _scanner.Append(text, Close, out string? after);
            if (thought.Length > 0)
                yield return new(AnswerPart.Reasoning, thought);
            _thinking = after is null;
            text = after ?? "";
        }

        if (text.Length > 0)
            yield return new(AnswerPart.Content, text);
    }

    /// <summary>Takes the end.</summary>
    public IEnumerable<AnswerEvent> Flush()
    {
        string rest = (_beginning ?? "") + _scanner.Flush();
        if (rest.Length > 0)
            yield return new(_thinking ? AnswerPart.Reasoning : AnswerPart.Content, rest);
        _beginning = null;
    }
}
