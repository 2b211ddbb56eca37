using System.Text.Json.Nodes;

namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>
/// The cases of llama.cpp's tools/server/tests/unit/test_reasoning_budget_stream.py, and those of tests/test-chat.cpp about budgets of a request. A server-wide budget is
/// a request's here.
/// </summary>
public class ReasoningBudgetTests(ThinkingServer thinking) : IClassFixture<ThinkingServer>
{
    const string Message = "!!!ABORT REASONING";

    [Theory]
    [InlineData("thinking_budget_tokens", 1, false)]
    [InlineData("thinking_budget_tokens", 5, false)]
    [InlineData("thinking_budget_tokens", 5, true)]
    [InlineData("reasoning_budget_tokens", 0, false)]
    [InlineData("reasoning_budget_tokens", 0, true)]
    public async Task Budget_UsedUp_EndsTheThoughtWithTheMessage(string field, int budget, bool stream)
    {
        const string thought = "Once there was a long thought";
        thinking.Says(thought + "</think>\n\nThe end.");
        var turn = await ChatTurn.AskAsync(thinking.Http, Request(field, budget), stream);
        Assert.Equal(thought[..budget] + Message + "\n", turn.Reasoning);
        Assert.StartsWith("\n\n", turn.Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Budget_ThatIsEnough_AddsNoMessage()
    {
        thinking.Says("Short.</think>The end.");
        var turn = await ChatTurn.AskAsync(thinking.Http, Request("reasoning_budget_tokens", 100), stream: false);
        Assert.Equal(("Short.", "The end."), (turn.Reasoning, turn.Content));
    }

    /// <summary>test_template.py's "off", for a template that opens a thought whatever it is told.</summary>
    [Theory]
    [InlineData(""" {"enable_thinking":false} """)]
    [InlineData(""" {"chat_template_kwargs":{"enable_thinking":false}} """)]
    public async Task Thinking_SwitchedOff_EndsTheThoughtAtOnce(string fields)
    {
        thinking.Says("The end.");
        var request = (JsonObject)JsonNode.Parse(fields)!;
        request["messages"] = Messages();
        var turn = await ChatTurn.AskAsync(thinking.Http, request, stream: false);
        Assert.Equal(("\n", "\n\nThe end."), (turn.Reasoning, turn.Content));
    }

    static JsonObject Request(string field, int budget) => new() { ["messages"] = Messages(), ["max_tokens"] = 100, [field] = budget, ["reasoning_budget_message"] = Message };

    static JsonArray Messages() => [new JsonObject { ["role"] = "user", ["content"] = "Tell me a short story." }];
}
