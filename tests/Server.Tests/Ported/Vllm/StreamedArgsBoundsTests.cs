using Kdsl.Serving.Answers;

namespace Kdsl.Tests.Ported.Vllm;

/// <summary>
/// vLLM's tests/tool_parsers/test_streamed_args_bounds.py (its bug 33916): the end of a stream owes a call the arguments that were not streamed yet, and must not fail where none were.
/// </summary>
public class StreamedArgsBoundsTests
{
    const string Late = "<tool_call>\n{\"arguments\": {\"a\": 1}, \"name\": \"f\"}\n</tool_call>";

    [Theory]
    // Nothing could be streamed: the name came last.
    [InlineData(Late, "f({\"a\": 1})")]
    // Some was streamed, the rest comes with the end.
    [InlineData("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1, \"b\": 2}}", "f({\"a\": 1, \"b\": 2})")]
    // No call at all.
    [InlineData("no call", "")]
    // The last of two was not streamed.
    [InlineData("<tool_call>\n{\"name\": \"g\", \"arguments\": {}}\n</tool_call>\n" + Late, "g({}) f({\"a\": 1})")]
    public void EndOfStream_OwesWhatWasNotStreamed(string answer, string calls)
    {
        foreach (int length in (int[])[0, 1, 7])
            Assert.Equal(calls, Parsed.Calls(Parsed.Read(Parsed.Cut(answer, length), ReasoningMode.None, tools: true)));
    }
}
