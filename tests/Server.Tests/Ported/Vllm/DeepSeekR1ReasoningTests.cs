namespace Kdsl.Tests.Ported.Vllm;

/// <summary>
/// vLLM's tests/reasoning/test_deepseekr1_reasoning_parser.py, which QwQ-32B is served with, over HTTP: each text whole and streamed. One case differs: a line end before
/// <c>&lt;think&gt;</c> is dropped in streams too, so that both are equal.
/// </summary>
public class DeepSeekR1ReasoningTests(ThinkingServer server) : IClassFixture<ThinkingServer>
{
    public static TheoryData<string, string, string> Cases => new()
    {
        { "a thought</think>the rest", "a thought", "the rest" },
        { "a thought</think>", "a thought", "" },
        { "a thought", "a thought", "" },
        { "a\nb</think>c\nd", "a\nb", "c\nd" },
        { "</think>the rest", "", "the rest" },
        { "<think>a thought</think>the rest", "a thought", "the rest" },
        { "<think>a thought</think>", "a thought", "" },
        { "<think>a\nb</think>c\nd", "a\nb", "c\nd" },
        { "<think></think>the rest", "", "the rest" },
        { "<think>a thought", "a thought", "" },
        { "", "", "" },
        { "\n<think>a thought</think>\nthe rest", "a thought", "\nthe rest" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Whole(string answer, string reasoning, string content)
    {
        var message = (await server.Says(answer).ChoiceAsync()).GetProperty("message");
        Assert.Equal(reasoning, message.GetProperty("reasoning").GetString());
        Assert.Equal(content.Length == 0 ? null : content, message.GetProperty("content").GetString());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Streamed(string answer, string reasoning, string content)
    {
        var events = await server.Says(answer).ChatStreamAsync();
        Assert.Equal((reasoning, content), (events.Joined("reasoning"), events.Joined("content")));
    }
}
