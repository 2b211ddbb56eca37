using Kdsl.Serving.Answers;

namespace Kdsl.Tests.Ported.Vllm;

/// <summary>vLLM's tests/reasoning/test_base_thinking_reasoning_parser.py, its marks being the ones that there are here.</summary>
public class BaseThinkingReasoningTests
{
    /// <summary>Extraction, and its edges: texts whole.</summary>
    [Theory]
    [InlineData("<think>This is reasoning</think>This is content", "This is reasoning", "This is content")]
    [InlineData("This is reasoning</think>This is content", "This is reasoning", "This is content")]
    [InlineData("This is just content", "This is just content", "")]
    [InlineData("", null, "")]
    [InlineData("<think></think>", null, "")]
    [InlineData("Reasoning1</think>Content1", "Reasoning1", "Content1")]
    [InlineData("First</think>Middle</think>Last", "First", "Middle</think>Last")]
    [InlineData("<think>Outer<think>Inner</think>Content", "Outer<think>Inner", "Content")]
    [InlineData("<thinking>Not a real token</thinking>Content", "<thinking>Not a real token</thinking>Content", "")]
    public void Text_Whole(string text, string? reasoning, string content) => Check([text], reasoning, content);

    /// <summary>Deltas as they come: simple (streamed), incremental, with a start, without an end, only an end, the start beside text, the same without an end.</summary>
    [Theory]
    [InlineData("<think>|Some |reasoning |content|</think>|Final |answer", "Some reasoning content", "Final answer")]
    [InlineData("<think>Some reasoning content</think>Final answer", "Some reasoning content", "Final answer")]
    [InlineData("<think>|Some |reasoning content|</think>|Final answer", "Some reasoning content", "Final answer")]
    [InlineData("<think>|Some |reasoning|</think>|Answer", "Some reasoning", "Answer")]
    [InlineData("<think>|Some |reasoning |without |end", "Some reasoning without end", "")]
    [InlineData("<think>|Reasoning |content|</think>|Final", "Reasoning content", "Final")]
    [InlineData("<think>Some reasoning|</think>|Answer", "Some reasoning", "Answer")]
    [InlineData("<think>Some reasoning", "Some reasoning", "")]
    public void Text_InDeltas(string deltas, string reasoning, string content) => Check(deltas.Split('|'), reasoning, content);

    static void Check(IReadOnlyList<string> pieces, string? reasoning, string content)
    {
        var whole = Parsed.Read(pieces, ReasoningMode.Opened, tools: false);
        Assert.Equal((reasoning, content), (whole.Reasoning, whole.Content));
    }
}
