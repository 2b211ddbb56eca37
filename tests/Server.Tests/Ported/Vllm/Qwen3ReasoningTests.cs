using Kdsl.Serving.Answers;

namespace Kdsl.Tests.Ported.Vllm;

/// <summary>
/// vLLM's tests/reasoning/test_qwen3_reasoning_parser.py. A call that begins inside a thought does not end it: five of vLLM's cases differ on purpose, because thoughts of QwQ speak
/// about calls that they do not make.
/// </summary>
public class Qwen3ReasoningTests
{
    const string Call = "<tool_call>\n{\"name\": \"bash\", \"arguments\": {\"command\": \"cat /etc/hosts\"}}\n</tool_call>";

    /// <summary>Thinking is on: the prompt has opened the thought. Each text whole and token by token.</summary>
    [Theory]
    [InlineData("a thought</think>the rest", "a thought", "the rest")]
    [InlineData("a thought</think>", "a thought", "")]
    [InlineData("<think>a thought</think>the rest", "a thought", "the rest")]
    [InlineData("the rest", "the rest", "")]
    [InlineData("<think>a thought</think>", "a thought", "")]
    [InlineData("<think>a\nthought</think>the rest\nThat", "a\nthought", "the rest\nThat")]
    [InlineData("<think>a thought", "a thought", "")]
    [InlineData("a thought", "a thought", "")]
    public void Enabled(string text, string reasoning, string content)
    {
        foreach (int length in (int[])[0, 1])
        {
            var whole = Parsed.Read(Parsed.Cut(text, length), ReasoningMode.Opened, tools: false);
            Assert.Equal((reasoning, content), (whole.Reasoning, whole.Content));
        }
    }

    /// <summary>Deltas of several tokens leak no mark.</summary>
    [Theory]
    [InlineData("<think>a thought|</think>|the rest", "a thought", "the rest")]
    [InlineData("a thought|</think>the rest", "a thought", "the rest")]
    [InlineData("<think>thought</think>", "thought", "")]
    [InlineData("a thought|</think>content", "a thought", "content")]
    public void Enabled_DeltasOfSeveralTokens(string deltas, string reasoning, string content)
    {
        var whole = Parsed.Read(deltas.Split('|'), ReasoningMode.Opened, tools: false);
        Assert.Equal((reasoning, content), (whole.Reasoning, whole.Content));
    }

    /// <summary>Thinking is off: all is content.</summary>
    [Theory]
    [InlineData("This is plain content")]
    [InlineData("Some output without think tokens")]
    [InlineData("I need to read the file.\n\n" + Call)]
    public void Disabled(string text)
    {
        var whole = Parsed.Read([text], ReasoningMode.Marked, tools: false);
        Assert.Equal((null, text), (whole.Reasoning, whole.Content));
    }

    /// <summary>What differs: the thought goes on.</summary>
    [Theory]
    [InlineData("I need to read the file.\n\n" + Call)]
    [InlineData("<think>I need to read the file.\n\n" + Call)]
    public void Call_InsideAThought_IsThought(string text)
    {
        var whole = Parsed.Read([text], ReasoningMode.Opened, tools: true);
        Assert.Equal(("I need to read the file.\n\n" + Call, "", 0), (whole.Reasoning, whole.Content, whole.Calls.Count));
    }
}
