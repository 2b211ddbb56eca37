using System.Text.Json;

namespace Kdsl.Tests.Ported.SgLang;

/// <summary>
/// SGLang's features/test_reasoning_content.py, test_enable_thinking.py, test_reasoning_usage_tokens.py, test_usage_tokens.py and test_reasoning_json_schema_n.py of
/// test/registered/openai_server.
/// </summary>
public class ReasoningTests(ThinkingServer server) : IClassFixture<ThinkingServer>
{
    const string Answer = "One and three.</think>4";

    [Theory]
    [InlineData("\"separate_reasoning\":false", "", Answer)]
    [InlineData("\"separate_reasoning\":true", "One and three.", "4")]
    public async Task SeparateReasoning_Whole(string fields, string reasoning, string content)
    {
        var message = (await server.Says(Answer).ChoiceAsync(fields)).GetProperty("message");
        Assert.Equal((reasoning, content), (message.TryGetProperty("reasoning_content", out var shown) ? shown.GetString() : "", message.GetProperty("content").GetString()));
    }

    [Theory]
    [InlineData("\"separate_reasoning\":false", "", Answer)]
    [InlineData("\"separate_reasoning\":true", "One and three.", "4")]
    [InlineData("\"separate_reasoning\":true,\"stream_reasoning\":false", "One and three.", "4")]
    public async Task SeparateReasoning_Streamed(string fields, string reasoning, string content)
    {
        var events = await server.Says(Answer).ChatStreamAsync(fields);
        Assert.Equal((reasoning, content), (events.Joined("reasoning_content"), events.Joined("content")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EnableThinking_GivesThoughts(bool stream)
    {
        const string fields = "\"separate_reasoning\":true,\"chat_template_kwargs\":{\"enable_thinking\":true}";
        server.Says(Answer);
        string? reasoning = stream ? (await server.ChatStreamAsync(fields)).Joined("reasoning_content") : (await server.ChoiceAsync(fields)).GetProperty("message").GetProperty("reasoning_content").GetString();
        Assert.Equal("One and three.", reasoning);
    }

    /// <summary>Tokens of thought are those up to the mark, the mark included.</summary>
    [Fact]
    public async Task ReasoningTokens_AreCountedUpToTheMark_WithIt()
    {
        int expected = "One and three.</think>".Length;
        Assert.Equal(expected, Tokens((await server.Says(Answer).ChatAsync("\"max_tokens\":1024")).GetProperty("usage")));

        var events = await server.ChatStreamAsync("\"max_tokens\":1024,\"stream_options\":{\"include_usage\":true,\"continuous_usage_stats\":true}");
        Assert.Equal(expected, Tokens(events.All[^1].GetProperty("usage")));
        // The first event tells the role alone; from the first thought on there is something to count.
        Assert.All(events.All.Skip(1), e => Assert.InRange(Tokens(e.GetProperty("usage")), 1, expected));

        static int Tokens(JsonElement usage) => usage.GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32();
    }

    /// <summary>Each of several samples keeps its content when thoughts and a schema come together.</summary>
    [Fact]
    public async Task Schema_BehindThoughts_OfSeveralChoices()
    {
        const string fields = """
            "n":2,"response_format":{"type":"json_schema","json_schema":{"name":"judge_result","schema":{"type":"object","properties":{"reason":{"type":"string","maxLength":6},
            "judge_result":{"type":"boolean"}},"required":["reason","judge_result"],"additionalProperties":false}}},"chat_template_kwargs":{"enable_thinking":true},"max_tokens":256
            """;
        var body = await server.Says("Positive words.</think>\n\n{\"reason\": \"great\", \"judge_result\": true}").ChatAsync(fields);
        Assert.Equal(2, body.GetProperty("choices").GetArrayLength());
        Assert.All(body.GetProperty("choices").EnumerateArray(), choice =>
        {
            var result = JsonDocument.Parse(choice.GetProperty("message").GetProperty("content").GetString()!).RootElement;
            Assert.Equal(("great", true), (result.GetProperty("reason").GetString(), result.GetProperty("judge_result").GetBoolean()));
        });
    }
}

/// <summary>The same files with a model that does not think: there is nothing to tell apart, whatever is asked.</summary>
public class NoReasoningTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    [Theory]
    [InlineData("\"separate_reasoning\":false", false)]
    [InlineData("\"separate_reasoning\":true", false)]
    [InlineData("\"separate_reasoning\":false", true)]
    [InlineData("\"separate_reasoning\":true", true)]
    [InlineData("\"separate_reasoning\":true,\"stream_reasoning\":false", true)]
    // Turned off by the request.
    [InlineData("\"separate_reasoning\":true,\"chat_template_kwargs\":{\"enable_thinking\":false}", false)]
    [InlineData("\"separate_reasoning\":true,\"chat_template_kwargs\":{\"enable_thinking\":false}", true)]
    public async Task Answer_IsContent(string fields, bool stream)
    {
        server.Says("One and three make 4");
        if (stream)
        {
            var events = await server.ChatStreamAsync(fields);
            Assert.Equal(("", "One and three make 4"), (events.Joined("reasoning_content"), events.Joined("content")));
            return;
        }

        var message = (await server.ChoiceAsync(fields)).GetProperty("message");
        Assert.False(message.TryGetProperty("reasoning_content", out _));
        Assert.Equal("One and three make 4", message.GetProperty("content").GetString());
    }
}
