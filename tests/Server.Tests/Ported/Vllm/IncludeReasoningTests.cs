namespace Kdsl.Tests.Ported.Vllm;

/// <summary>vLLM's tests/entrypoints/openai/chat_completion/test_include_reasoning.py and test_separate_reasoning.py.</summary>
public class IncludeReasoningTests(ThinkingServer server) : IClassFixture<ThinkingServer>
{
    [Theory]
    [InlineData("\"include_reasoning\":true", "One and one.")]
    [InlineData("\"include_reasoning\":false", null)]
    [InlineData("\"temperature\":0", "One and one.")]
    public async Task Whole(string fields, string? reasoning)
    {
        var message = (await server.Says("One and one.</think>2").ChoiceAsync(fields)).GetProperty("message");
        Assert.Equal((reasoning, "2"), (message.TryGetProperty("reasoning", out var shown) ? shown.GetString() : null, message.GetProperty("content").GetString()));
    }

    [Theory]
    [InlineData("\"include_reasoning\":true", "One and one.")]
    [InlineData("\"include_reasoning\":false", "")]
    public async Task Streamed(string fields, string reasoning)
    {
        var events = await server.Says("One and one.</think>2").ChatStreamAsync(fields);
        Assert.Equal((reasoning, "2"), (events.Joined("reasoning"), events.Joined("content")));
    }

    [Fact]
    public async Task HiddenThoughts_AreInTheUsage()
    {
        var body = await server.Says("One and one.</think>2").ChatAsync("\"include_reasoning\":false,\"max_tokens\":64");
        Assert.Equal("One and one.</think>".Length, body.GetProperty("usage").GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32());
    }

    /// <summary>What is not told apart keeps its mark: SGLang's rule. vLLM joins the two without it.</summary>
    [Theory]
    [InlineData("", "Let me think.", "42")]
    [InlineData("\"separate_reasoning\":true", "Let me think.", "42")]
    [InlineData("\"separate_reasoning\":false", null, "Let me think.</think>42")]
    public async Task SeparateReasoning_SaysWhetherThoughtsAreToldApart(string fields, string? reasoning, string content)
    {
        var message = (await server.Says("Let me think.</think>42").ChoiceAsync(fields)).GetProperty("message");
        Assert.Equal((reasoning, content), (message.TryGetProperty("reasoning", out var shown) ? shown.GetString() : null, message.GetProperty("content").GetString()));
        var events = await server.ChatStreamAsync(fields);
        Assert.Equal((reasoning ?? "", content), (events.Joined("reasoning"), events.Joined("content")));
    }
}
