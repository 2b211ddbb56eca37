namespace Kdsl.Tests.Ported.Vllm;

/// <summary>vLLM's tests/entrypoints/openai/chat_completion/test_reasoning_effort.py: "none" turns thinking off in the template, unless the request says otherwise itself.</summary>
public class ReasoningEffortTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    [Theory]
    [InlineData("\"reasoning_effort\":\"none\"", "[reasoning_effort=none][enable_thinking=False]")]
    [InlineData("\"reasoning_effort\":\"low\"", "[reasoning_effort=low]")]
    [InlineData("\"reasoning_effort\":\"medium\"", "[reasoning_effort=medium]")]
    [InlineData("\"reasoning_effort\":\"high\"", "[reasoning_effort=high]")]
    [InlineData("", "")]
    [InlineData("\"reasoning_effort\":\"none\",\"chat_template_kwargs\":{\"enable_thinking\":true}", "[enable_thinking=True][reasoning_effort=none]")]
    [InlineData("\"reasoning_effort\":\"none\",\"chat_template_kwargs\":{\"custom_key\":\"value\"}", "[custom_key=value][reasoning_effort=none][enable_thinking=False]")]
    public async Task Effort_ReachesTheTemplate(string fields, string variables)
    {
        await server.Says("ok").ChatAsync(fields);
        Assert.EndsWith("[assistant]" + variables, PromptText.Of(server.Last), StringComparison.Ordinal);
    }

    /// <summary>Where the template opens a thought all the same, it is closed at once.</summary>
    [Fact]
    public async Task None_ClosesTheThoughtThatTheTemplateOpens()
    {
        await using var thinking = await RunningServer.StartThinkingAsync("ok");
        var (_, body) = await thinking.PostAsync(ScriptedServer.Chat, ScriptedServer.Message("\"reasoning_effort\":\"none\""));
        var message = body.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal(("\n", "\n\nok"), (message.GetProperty("reasoning").GetString(), message.GetProperty("content").GetString()));
    }

    [Fact]
    public async Task UnknownEffort_Is400() =>
        Assert.Equal("reasoning_effort", (await server.RefusedAsync(ScriptedServer.Chat, ScriptedServer.Message("\"reasoning_effort\":\"heroic\""))).GetProperty("param").GetString());
}
