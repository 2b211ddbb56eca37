using Kdsl.Serving.Answers;

namespace Kdsl.Tests.Ported.Vllm;

/// <summary>What an answer comes to when its text arrives in pieces.</summary>
static class Parsed
{
    /// <summary>Reads the pieces; a piece stands for a delta, a token of it for one of vLLM's.</summary>
    public static WholeAnswer Read(IReadOnlyList<string> pieces, ReasoningMode mode, bool tools)
    {
        var parser = new AnswerParser(mode, tools);
        var whole = new WholeAnswer();
        for (int i = 0; i < pieces.Count; i++)
        {
            foreach (var item in parser.Append(pieces[i], i + 1, last: i == pieces.Count - 1))
                whole.Append(item);
        }

        return whole;
    }

    /// <summary>A text cut into pieces of so many characters; 0: not at all.</summary>
    public static IReadOnlyList<string> Cut(string text, int length) =>
        length == 0 || text.Length == 0 ? [text] : [.. text.Chunk(length).Select(piece => new string(piece))];

    /// <summary>The calls as <c>name(arguments)</c>.</summary>
    public static string Calls(WholeAnswer whole) => string.Join(' ', whole.Calls.Select(call => $"{call.Name}({call.Arguments})"));
}
