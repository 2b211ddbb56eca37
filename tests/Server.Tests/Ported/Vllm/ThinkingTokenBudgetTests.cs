namespace Kdsl.Tests.Ported.Vllm;

/// <summary>vLLM's tests/entrypoints/openai/chat_completion/test_thinking_token_budget.py.</summary>
public class ThinkingTokenBudgetTests(ThinkingServer server) : IClassFixture<ThinkingServer>
{
    [Fact]
    public async Task RequestsWithAndWithoutABudget_StandSideBySide()
    {
        server.Says("a long thought</think>4");
        var both = await Task.WhenAll(server.ChatAsync("\"thinking_token_budget\":5,\"max_tokens\":100"), server.ChatAsync("\"max_tokens\":100"));
        Assert.Equal(["a lon\n", "a long thought"], both.Select(b => b.GetProperty("choices")[0].GetProperty("message").GetProperty("reasoning").GetString()));
    }

    /// <summary>Counted by ids: after the budget the mark comes, behind the line end that the model was trained to put before it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(12)]
    public async Task Budget_IsExact_ByTokenIds(int budget)
    {
        var events = await server.Says("an endless thought about nothing").ChatStreamAsync($"\"thinking_token_budget\":{budget},\"return_token_ids\":true,\"max_tokens\":100");
        byte[] ids = [.. events.Choices.Where(c => c.TryGetProperty("token_ids", out _)).SelectMany(c => c.GetProperty("token_ids").EnumerateArray()).Select(id => id.GetInt32())
            .Where(id => id != ByteModel.End).Select(id => (byte)id)];
        Assert.Equal(budget, ids.AsSpan().IndexOf("\n</think>"u8));
        Assert.EndsWith("<think>\n", PromptText.Of(server.Last), StringComparison.Ordinal);
    }
}

/// <summary>The same file: where the request turns thinking off, the template closes the thought and all is content.</summary>
public class ThinkingDisabledTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    const string Off = "\"max_tokens\":16,\"chat_template_kwargs\":{\"enable_thinking\":false}";

    [Fact]
    public async Task Answer_StaysInTheContent()
    {
        var message = (await server.Says("12").ChoiceAsync(Off)).GetProperty("message");
        Assert.Equal("12", message.GetProperty("content").GetString());
        Assert.False(message.TryGetProperty("reasoning", out _));

        var events = await server.ChatStreamAsync(Off);
        Assert.Equal(("", "12"), (events.Joined("reasoning"), events.Joined("content")));
    }
}
