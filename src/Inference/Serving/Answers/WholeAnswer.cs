using System.Text;

namespace Kdsl.Serving.Answers;

/// <summary>The pieces of an answer put together.</summary>
sealed class WholeAnswer
{
    readonly StringBuilder _content = new();
    readonly List<(int Call, string Name, StringBuilder Arguments)> _calls = [];
    StringBuilder? _reasoning;

    /// <summary>Thoughts; null: none.</summary>
    public string? Reasoning => _reasoning?.ToString();

    /// <summary>The answer's text.</summary>
    public string Content => _content.ToString();

    /// <summary>Whole calls, in order; arguments are JSON.</summary>
    public IReadOnlyList<(string Name, string Arguments)> Calls => [.. _calls.Select(call => (call.Name, call.Arguments.ToString()))];

    /// <summary>Takes the next piece. Text that only looked like a call goes back to the content.</summary>
    public void Append(AnswerEvent piece)
    {
        switch (piece.Part)
        {
            case AnswerPart.Reasoning:
                (_reasoning ??= new()).Append(piece.Text);
                break;
            case AnswerPart.Content:
                _content.Append(piece.Text);
                break;
            case AnswerPart.CallStart:
                _calls.Add((piece.Call, piece.Text, new()));
                break;
            case AnswerPart.CallArguments:
                _calls[^1].Arguments.Append(piece.Text);
                break;
            case AnswerPart.CallBroken:
                _calls.RemoveAt(_calls.Count - 1);
                _content.Append(piece.Text);
                break;
        }
    }
}
