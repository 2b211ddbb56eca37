namespace Kdsl.Serving.Answers;

/// <summary>What a piece of an answer is.</summary>
enum AnswerPart
{
    /// <summary>Thought before the answer.</summary>
    Reasoning,

    /// <summary>Answer.</summary>
    Content,

    /// <summary>A call of a tool begins; the text is the tool's name.</summary>
    CallStart,

    /// <summary>More of the call's arguments, which are JSON.</summary>
    CallArguments,

    /// <summary>The call is whole.</summary>
    CallEnd,

    /// <summary>The call that began is none after all: cut off or not JSON. The text is all that stood for it.</summary>
    CallBroken,
}

/// <summary>A piece of an answer.</summary>
/// <param name="Call">Which of the answer's calls it belongs to, from 0.</param>
readonly record struct AnswerEvent(AnswerPart Part, string Text, int Call = 0);
