using System.Text;
using System.Text.Json;

namespace Kdsl.Serving.Answers;

/// <summary>
/// One call as Hermes and Qwen write it, <c>{"name": "f", "arguments": {...}}</c>, character by character. Where the name comes first, the arguments
/// are passed on as they come.
/// </summary>
sealed class ToolCallJson(int call)
{
    readonly StringBuilder _text = new();
    string? _key, _name;
    // Where the last string began; the arguments passed on so far; where they end.
    int _depth, _token, _passed = -1, _end = -1;
    bool _inString, _escaped, _atKey;

    /// <summary>The tool's name has been passed on.</summary>
    public bool Started { get; private set; }

    /// <summary>All brackets are closed.</summary>
    public bool Closed { get; private set; }

    /// <summary>All that was taken.</summary>
    public string Text => _text.ToString();

    /// <summary>Takes one character while not closed; the first is a brace.</summary>
    public void Append(char c)
    {
        _text.Append(c);
        if (_inString)
        {
            if (_escaped)
                _escaped = false;
            else if (c == '\\')
                _escaped = true;
            else if (c == '"')
                _inString = false;
            if (!_inString && _depth == 1)
                EndString();
            return;
        }

        switch (c)
        {
            case '"':
                (_inString, _token) = (true, _text.Length - 1);
                break;
            case '{' or '[':
                if (_depth == 1 && c == '{' && _key == "arguments" && !_atKey && _passed < 0 && _name is not null)
                    _passed = _text.Length - 1;
                _depth++;
                _atKey |= _depth == 1;
                break;
            case '}' or ']':
                _depth--;
                Closed = _depth == 0;
                if (_depth == 1 && _passed >= 0 && _end < 0)
                    _end = _text.Length;
                break;
            case ',' when _depth == 1:
                (_atKey, _key) = (true, null);
                break;
            case ':' when _depth == 1:
                _atKey = false;
                break;
        }
    }

    /// <summary>The events that are due now.</summary>
    public IEnumerable<AnswerEvent> Take()
    {
        if (_passed < 0)
            yield break;
        if (!Started)
        {
            Started = true;
            yield return new(AnswerPart.CallStart, _name!, call);
        }

        int end = _end >= 0 ? _end : _text.Length;
        if (end > _passed)
            yield return new(AnswerPart.CallArguments, _text.ToString(_passed, end - _passed), call);
        _passed = end;
    }

    /// <summary>The rest of the events when it is closed; null: it is no call.</summary>
    public IReadOnlyList<AnswerEvent>? Finish()
    {
        try
        {
            using var document = JsonDocument.Parse(Text);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String)
                return null;
            if (Started)
                return [new(AnswerPart.CallEnd, "", call)];
            return [new(AnswerPart.CallStart, name.GetString()!, call), new(AnswerPart.CallArguments, Arguments(root), call), new(AnswerPart.CallEnd, "", call)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    void EndString()
    {
        string literal = _text.ToString(_token, _text.Length - _token);
        if (_atKey)
            _key = literal[1..^1];
        else if (_key == "name" && _name is null)
            _name = Decode(literal);
    }

    static string? Decode(string literal)
    {
        try
        {
            using var document = JsonDocument.Parse(literal);
            return document.RootElement.GetString();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>As the API carries them: JSON. None are none; those that are JSON in a string already are taken out of it.</summary>
    static string Arguments(JsonElement root)
    {
        if (!root.TryGetProperty("arguments", out var arguments) || arguments.ValueKind == JsonValueKind.Null)
            return "{}";
        if (arguments.ValueKind != JsonValueKind.String)
            return arguments.GetRawText();
        try
        {
            string text = arguments.GetString()!;
            using var inner = JsonDocument.Parse(text);
            return inner.RootElement.ValueKind == JsonValueKind.Object ? text : arguments.GetRawText();
        }
        catch (JsonException)
        {
            return arguments.GetRawText();
        }
    }
}
