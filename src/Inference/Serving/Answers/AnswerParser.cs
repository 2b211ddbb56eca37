namespace Kdsl.Serving.Answers;

/// <summary>From the text of an answer to its parts: thoughts, content, calls of tools.</summary>
/// <param name="tools">Calls are looked for.</param>
sealed class AnswerParser(ReasoningMode reasoning, bool tools)
{
    readonly ReasoningParser _reasoning = new(reasoning);
    readonly ToolCallParser? _tools = tools ? new ToolCallParser() : null;
    bool _reasoned;

    /// <summary>Tokens that the thoughts took, the closing mark included; 0 while there are none.</summary>
    public int ReasoningTokens { get; private set; }

    /// <summary>Takes the next piece of the text.</summary>
    /// <param name="tokens">Tokens of the answer so far.</param>
    /// <param name="last">Nothing follows it.</param>
    public IReadOnlyList<AnswerEvent> Append(string text, int tokens, bool last)
    {
        bool thinking = !_reasoning.Done;
        var events = new List<AnswerEvent>();
        foreach (var item in last ? _reasoning.Append(text).Concat(_reasoning.Flush()) : _reasoning.Append(text))
        {
            if (item.Part is AnswerPart.Content && _tools is not null)
                events.AddRange(_tools.Append(item.Text));
            else
                events.Add(item);
            _reasoned |= item.Part is AnswerPart.Reasoning;
        }

        if (last && _tools is not null)
            events.AddRange(_tools.Flush());
        if (thinking && (_reasoned || reasoning is ReasoningMode.Opened))
            ReasoningTokens = tokens;
        return events;
    }
}
