using System.Text;

namespace Kdsl.Serving.Answers;

/// <summary>
/// Takes calls of tools out of an answer: <c>&lt;tool_call&gt;</c>, JSON, <c>&lt;/tool_call&gt;</c>, as Hermes and Qwen write them. What only looks like
/// a call stays text. Incremental, as <see cref="ReasoningParser"/>.
/// </summary>
sealed class ToolCallParser
{
    /// <summary>Starts a call.</summary>
    public const string Open = "<tool_call>";

    /// <summary>Ends it.</summary>
    public const string Close = "</tool_call>";

    enum Place
    {
        Text,
        BeforeJson,
        Json,
        AfterJson,
    }

    readonly StringBuilder _space = new();
    MarkScanner _scanner;
    Place _place;
    ToolCallJson? _json;
    // Held back while it may be dropped: space before JSON or around calls, a closing mark.
    string _held = "";
    int _calls;
    bool _wrote;

    /// <summary>Takes the next piece.</summary>
    public IEnumerable<AnswerEvent> Append(string text)
    {
        while (text.Length > 0)
        {
            foreach (var item in Step(text, out text))
                yield return item;
        }
    }

    /// <summary>Takes the end.</summary>
    public IEnumerable<AnswerEvent> Flush()
    {
        if (_place is Place.BeforeJson)
            return Emit(Open + _held);
        if (_place is Place.Json)
            return Break();
        if (_place is Place.AfterJson)
            return [];
        // Space alone around calls is layout, not an answer.
        return Emit(_scanner.Flush(), keepSpace: _calls == 0);
    }

    /// <summary>Takes some of the text, at least one character of it.</summary>
    IReadOnlyList<AnswerEvent> Step(string text, out string rest)
    {
        switch (_place)
        {
            case Place.Text:
                string before = _scanner.Append(text, Open, out string? after);
                rest = after ?? "";
                var events = Emit(before);
                if (after is not null)
                {
                    (_place, _held) = (Place.BeforeJson, "");
                    _space.Clear();
                }

                return events;
            case Place.BeforeJson:
                rest = text[1..];
                if (char.IsWhiteSpace(text[0]))
                {
                    _held += text[0];
                    return [];
                }

                if (text[0] == '{')
                {
                    (_place, _json, rest) = (Place.Json, new ToolCallJson(_calls), text);
                    return [];
                }

                (_place, rest) = (Place.Text, text);
                return Emit(Open + _held);
            case Place.Json:
                return StepJson(text, out rest);
            default:
                rest = text[1..];
                _held += text[0];
                string mark = _held.TrimStart();
                if (mark == Close)
                    (_place, _held) = (Place.Text, "");
                else if (!Close.StartsWith(mark, StringComparison.Ordinal))
                {
                    (_place, rest) = (Place.Text, _held + rest);
                    _held = "";
                }

                return [];
        }
    }

    IReadOnlyList<AnswerEvent> StepJson(string text, out string rest)
    {
        int taken = 0;
        while (taken < text.Length && !_json!.Closed)
            _json.Append(text[taken++]);
        rest = text[taken..];
        var events = new List<AnswerEvent>(_json!.Take());
        if (!_json.Closed)
            return events;
        if (_json.Finish() is not { } end)
            return [.. events, .. Break()];
        events.AddRange(end);
        (_calls, _place, _held, _wrote) = (_calls + 1, Place.AfterJson, "", false);
        return events;
    }

    List<AnswerEvent> Break()
    {
        string raw = Open + _held + _json!.Text;
        _place = Place.Text;
        if (!_json.Started)
            return Emit(raw);
        _calls++;
        _space.Clear();
        return [new(AnswerPart.CallBroken, raw, _calls - 1)];
    }

    /// <summary>Content; space at its start waits, because it is dropped before a call.</summary>
    List<AnswerEvent> Emit(string text, bool keepSpace = false)
    {
        if (_wrote)
            return text.Length == 0 ? [] : [new(AnswerPart.Content, text)];
        _space.Append(text);
        if (_space.Length == 0 || (string.IsNullOrWhiteSpace(_space.ToString()) && !keepSpace))
            return [];
        string all = _space.ToString();
        _space.Clear();
        _wrote = true;
        return [new(AnswerPart.Content, all)];
    }
}
