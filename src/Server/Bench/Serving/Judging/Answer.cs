using Kdsl.Terminal;

namespace Kdsl.Bench.Serving.Judging;

/// <summary>What a model wrote, as far as its judge needs it.</summary>
/// <param name="Text">Everything but what the server put apart as thought.</param>
/// <param name="ThoughtApart">What the server put apart.</param>
/// <param name="Truncated">It ended at the most tokens.</param>
/// <param name="Reasoning">The model thinks before it answers: its thought is no answer, and a box counts. Without it the rule is MindIE's alone.</param>
readonly record struct Answer(string Text, string ThoughtApart, bool Truncated, bool Reasoning)
{
    /// <summary>Judges it.</summary>
    /// <param name="rule">The data set's rule, not None.</param>
    /// <param name="expected">What a right answer says.</param>
    public Judgement Judge(AnswerRule rule, string expected)
    {
        string? conclusion = Reasoning ? WithoutThought() : Text;
        bool correct = conclusion is not null && (rule == AnswerRule.Letter ? StartsWith(conclusion, expected) : EndsWith(conclusion, expected));
        return correct ? Judgement.Correct : Truncated ? Judgement.Truncated : Judgement.Wrong;
    }

    /// <summary>What follows the thought; null: the thought did not end, and nothing was concluded.</summary>
    string? WithoutThought()
    {
        int end = Text.LastIndexOf(Thoughts.Close, StringComparison.Ordinal);
        if (end >= 0)
            return Text[(end + Thoughts.Close.Length)..];
        bool thinksStill = ThoughtApart.Length == 0 ? Truncated || Text.Contains(Thoughts.Open, StringComparison.Ordinal) : Text.Length == 0;
        return thinksStill ? null : Text;
    }

    bool EndsWith(string conclusion, string expected) =>
        LastNumber.AreClose((Reasoning ? Boxed.NumberOf(conclusion) : null) ?? LastNumber.Of(conclusion), LastNumber.Of(expected));

    static bool StartsWith(string conclusion, string expected) => conclusion.AsSpan().TrimStart() is [var first, ..] && expected == first.ToString();
}
