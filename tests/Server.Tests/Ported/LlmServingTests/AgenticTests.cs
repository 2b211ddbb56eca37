using System.Text.Json.Nodes;
using Xunit.Abstractions;

namespace Kdsl.Tests.Ported.LlmServingTests;

/// <summary>
/// internal/eval/agentic.go: several turns with calls, whose thoughts come back. The template is Qwen3's, which shows thoughts behind the last question and not before it; QwQ's
/// shows none.
/// </summary>
public class AgenticTests(LongThinkingServer thinking, TemplateModels models, ITestOutputHelper output) : IClassFixture<LongThinkingServer>, IClassFixture<TemplateModels>
{
    const string Question = "What's the weather in San Francisco?", Sunny = """{"temperature": 72, "conditions": "sunny"}""";

    const string Thought = "The user is asking about the weather in San Francisco. I should use the get_weather tool.";

    async Task<(JsonObject Request, ChatTurn Turn)> FirstTurnAsync(bool stream)
    {
        thinking.Says(prompt => prompt.Contains("[tool ", StringComparison.Ordinal) && prompt.Contains(Sunny, StringComparison.Ordinal)
            ? "It is known now.\n</think>\n\nIt is sunny, 72 °F." : Thought + "\n</think>\n\n" + Requests.Call("get_weather", """{"location": "San Francisco, CA"}"""));
        var request = Requests.Of(Question, Requests.Weather);
        var turn = await ChatTurn.AskAsync(thinking.Http, request, stream);
        Assert.Equal("get_weather", Assert.Single(turn.Calls).Name);
        Assert.Contains(Thought, turn.Reasoning, StringComparison.Ordinal);
        var messages = (JsonArray)request["messages"]!;
        messages.Add(Requests.SentBack(turn));
        messages.Add(Requests.Result(turn.Calls[0], Sunny));
        return (request, turn);
    }

    [Theory]
    [MemberData(nameof(Requests.Modes), MemberType = typeof(Requests))]
    public async Task ToolCall_AndItsResult_LeadToAnAnswer(bool stream)
    {
        var (request, _) = await FirstTurnAsync(stream);
        var answer = await ChatTurn.AskAsync(thinking.Http, request, stream);
        Assert.Empty(answer.Calls);
        Assert.Equal("It is sunny, 72 °F.", answer.Content.Trim());
        Assert.Contains($"[assistant ({Thought}\n)", thinking.Prompt, StringComparison.Ordinal);
    }

    /// <summary>agentic_reasoning_in_template and agentic_reasoning_not_in_user_template.</summary>
    [Theory]
    [InlineData(null, true, false)]
    [InlineData(null, true, true)]
    [InlineData("Thanks, what about New York?", false, false)]
    [InlineData("Thanks, what about New York?", false, true)]
    public async Task Thought_IsInThePrompt_UntilTheUserAsksAgain(string? next, bool shown, bool stream)
    {
        if (models.Find("Qwen-Qwen3-0.6B", output) is not { } model)
            return;
        var (request, _) = await FirstTurnAsync(stream);
        request.Remove("model");
        if (next is not null)
            ((JsonArray)request["messages"]!).Add(Requests.Message("user", next));
        Assert.Equal(shown, TemplateModels.Apply(model, request.ToJsonString()).Contains(Thought, StringComparison.Ordinal));
    }

    /// <summary>agentic_template_rendering. The id, which it wants too, is no part of this family's templates.</summary>
    [Theory]
    [InlineData("reasoning_content")]
    [InlineData("reasoning")]
    public void Template_ShowsThoughtCallAndResult(string name)
    {
        if (models.Find("Qwen-Qwen3-0.6B", output) is not { } model)
            return;
        string prompt = TemplateModels.Apply(model, $$$"""
            {"messages":[{"role":"user","content":"What's the weather like in San Francisco?"},
             {"role":"assistant","{{{name}}}":"{{{Thought}}}","tool_calls":[{"id":"call_abc123","type":"function","function":{"name":"get_weather","arguments":"{\"location\": \"San Francisco, CA\"}"}}]},
             {"role":"tool","tool_call_id":"call_abc123","content":"{\"temperature\": 68, \"conditions\": \"partly cloudy\", \"humidity\": 72}"}]}
            """);
        foreach (string part in (string[])[Thought, "\"name\": \"get_weather\", \"arguments\": {\"location\": \"San Francisco, CA\"}", "partly cloudy"])
            Assert.Contains(part, prompt, StringComparison.Ordinal);
    }

    /// <summary>agentic_long_response: a long text after a call, with tools that are not called again. The mark of a call in it would wake their grammar.</summary>
    [Theory]
    [MemberData(nameof(Requests.Modes), MemberType = typeof(Requests))]
    public async Task LongResponse_WithToolsAtHand_ComesWhole(bool stream)
    {
        const string fetch = """{"type":"function","function":{"name":"fetch_documentation","parameters":{"type":"object","properties":{"topic":{"type":"string"}},"required":["topic"]}}}""";
        string tutorial = string.Concat(Enumerable.Range(1, 80).Select(i => $"{i}. Reference counting, mark and sweep, generations <b>x</b> < y: {{\"a\": [{i}]}}\n"));
        thinking.Says(prompt => prompt.Contains("[tool ten sections]", StringComparison.Ordinal) ? "Now write.</think>" + tutorial
            : "Fetch it.</think>" + Requests.Call("fetch_documentation", """{"topic": "garbage collection"}"""));
        var request = Requests.Of("Fetch the documentation about garbage collection and then write a comprehensive tutorial.", fetch);
        var first = await ChatTurn.AskAsync(thinking.Http, request, stream);
        ((JsonArray)request["messages"]!).Add(Requests.SentBack(first));
        ((JsonArray)request["messages"]!).Add(Requests.Result(Assert.Single(first.Calls), "ten sections"));
        var second = await ChatTurn.AskAsync(thinking.Http, request, stream);
        Assert.Empty(second.Calls);
        Assert.True(second.Content.Length >= 2500);
        Assert.Equal((tutorial, "stop"), (second.Content, second.Finish));
    }
}
