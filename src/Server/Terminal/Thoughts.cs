using Kdsl.Serving.Answers;

namespace Kdsl.Terminal;

/// <summary>Reasoning models write their thoughts between marks before they answer.</summary>
static class Thoughts
{
    /// <summary>Starts them.</summary>
    public const string Open = ReasoningParser.Open;

    /// <summary>Ends them.</summary>
    public const string Close = ReasoningParser.Close;

    /// <summary>Templates of reasoning models end with the opening mark, so that it is missing from the answer: gives it back, or nothing.</summary>
    public static string OpeningOf(string prompt) => prompt.AsSpan().TrimEnd().EndsWith(Open, StringComparison.Ordinal) ? Open + "\n" : "";
}
