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

    /// <summary>It is the template that stops thinking: thoughts that come all the same are shown.</summary>
    [Fact]
    public async Task None_HidesNoThoughts()
    {
        await using var thinking = await RunningServer.StartThinkingAsync("hm</think>ok");
        var (_, body) = await thinking.PostAsync(ScriptedServer.Chat, ScriptedServer.Message("\"reasoning_effort\":\"none\""));
        Assert.Equal("hm", body.GetProperty("choices")[0].GetProperty("message").GetProperty("reasoning").GetString());
    }

    [Fact]
    public async Task UnknownEffort_Is400() =>
        Assert.Equal("reasoning_effort", (await server.RefusedAsync(ScriptedServer.Chat, ScriptedServer.Message("\"reasoning_effort\":\"heroic\""))).GetProperty("param").GetString());
}
