using System.Text;
using System.Text.Json;
using Kdsl.Serving.Answers;
using Microsoft.Extensions.AI;

namespace Kdsl;

/// <summary>Pieces of calls into whole ones, which is how Microsoft.Extensions.AI takes them.</summary>
sealed class CallCollector
{
    readonly StringBuilder _arguments = new();
    string _name = "";

    /// <summary>There was a call.</summary>
    public bool Any { get; private set; }

    /// <summary>Takes a piece; gives the call that it ends, or the text of one that was none.</summary>
    /// <param name="id">Of the answer.</param>
    public AIContent? Take(AnswerEvent piece, string id)
    {
        switch (piece.Part)
        {
            case AnswerPart.CallStart:
                (_name, Any) = (piece.Text, true);
                _arguments.Clear();
                return null;
            case AnswerPart.CallArguments:
                _arguments.Append(piece.Text);
                return null;
            case AnswerPart.CallEnd:
                return new FunctionCallContent($"{id}-{piece.Call}", _name, Arguments(_arguments.ToString()));
            default:
                Any = piece.Call > 0;
                return new TextContent(piece.Text);
        }
    }

    static Dictionary<string, object?> Arguments(string json)
    {
        using var document = JsonDocument.Parse(json.Length == 0 ? "{}" : json);
        return document.RootElement.EnumerateObject().ToDictionary(property => property.Name, property => (object?)property.Value.Clone());
    }
}
