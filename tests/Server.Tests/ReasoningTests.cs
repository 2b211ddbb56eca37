using System.Text.Json;
using KernelDsl.Testing;

namespace Kdsl.Tests;

public class ReasoningTests
{
    const string Path = "/v1/chat/completions";

    static string Body(string more = "") => $$"""{"messages":[{"role":"user","content":"x"}]{{more}}}""";

    [Fact]
    public async Task Answer_OfAThinkingModel_IsPartedIntoThoughtAndContent()
    {
        await using var server = await RunningServer.StartThinkingAsync("Okay.\n</think>\n\nYes é");
        var (_, body) = await server.PostAsync(Path, Body());
        var message = body.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal("""{"role":"assistant","content":"\n\nYes é","reasoning_content":"Okay.\n","refusal":null,"reasoning":"Okay.\n"}""", message.GetRawText());
        Assert.Equal(14, body.GetProperty("usage").GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32());
    }

    [Fact]
    public async Task Answer_WithoutAClosingMark_IsAllThought()
    {
        await using var server = await RunningServer.StartThinkingAsync("Okay");
        var message = (await server.PostAsync(Path, Body())).Body.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal("Okay", message.GetProperty("reasoning_content").GetString());
        Assert.Equal(JsonValueKind.Null, message.GetProperty("content").ValueKind);
    }

    [Fact]
    public async Task Stream_HasBothNamesOfThoughts_AndNoRoleOrNullAfterTheFirst()
    {
        await using var server = await RunningServer.StartThinkingAsync("ab</think>c");
        var events = await server.StreamAsync(Path, Body(""","stream":true,"stream_options":{"include_usage":true}"""));
        var deltas = Deltas(events).ToArray();
        Assert.Equal("""{"role":"assistant","content":""}""", deltas[0]);
        Assert.Equal(["""{"reasoning_content":"a","reasoning":"a"}""", """{"reasoning_content":"b","reasoning":"b"}""", """{"content":"c"}""", "{}"], deltas[1..]);
        Assert.Contains("""
            "completion_tokens_details":{"reasoning_tokens":10}
            """.Trim(), events[^2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task IncludeReasoning_False_LeavesThoughtsOut()
    {
        await using var server = await RunningServer.StartThinkingAsync("ab</think>c");
        var (_, body) = await server.PostAsync(Path, Body(""","include_reasoning":false"""));
        Assert.Equal("""{"role":"assistant","content":"c","refusal":null}""", body.GetProperty("choices")[0].GetProperty("message").GetRawText());
    }

    [Theory]
    [InlineData(""","thinking_token_budget":3""", "abc\n")]
    [InlineData(""","reasoning_budget":0""", "\n")]
    [InlineData(""","chat_template_kwargs":{"thinking_budget":5,"enable_thinking":true}""", "abcde\n")]
    [InlineData(""","thinking_budget_tokens":-1""", "abcdefgh")]
    public async Task Budget_UsedUp_ClosesTheThought(string field, string thought)
    {
        // After the forced mark the script goes on where it was: with what the model would say next.
        await using var server = await RunningServer.StartThinkingAsync("abcdefgh</think>!");
        var message = (await server.PostAsync(Path, Body(field))).Body.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal(thought, message.GetProperty("reasoning_content").GetString());
        Assert.EndsWith("!", message.GetProperty("content").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TemplateVariables_ReachTheTemplate()
    {
        await using var server = await RunningServer.StartAsync("ok");
        await server.PostAsync(Path, Body(""","chat_template_kwargs":{"enable_thinking":false}"""));
        Assert.EndsWith("[assistant][enable_thinking=False]", System.Text.Encoding.UTF8.GetString([.. server.Engine.Requests[0].Prompt.ToArray().Select(id => (byte)id)]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CachedTokens_OfTheGeneration_AreInTheUsage()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(_ => new Script(ByteModel.Answer("ok")) { CachedTokens = 16 }));
        var (_, body) = await server.PostAsync(Path, Body());
        Assert.Equal(16, body.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32());
    }

    [Fact]
    public async Task Stop_LogProbsAndChoices_GoWithThoughts()
    {
        await using var server = await RunningServer.StartThinkingAsync("é</think>one STOP two");
        const string more = ""","stop":"STOP","logprobs":true,"n":2""";
        var (_, whole) = await server.PostAsync(Path, Body(more));
        var events = await server.StreamAsync(Path, Body(more + ",\"stream\":true"));
        foreach (var choice in whole.GetProperty("choices").EnumerateArray())
        {
            Assert.Equal("one ", choice.GetProperty("message").GetProperty("content").GetString());
            Assert.Equal("é", choice.GetProperty("message").GetProperty("reasoning").GetString());
            Assert.Equal(14, choice.GetProperty("logprobs").GetProperty("content").GetArrayLength());
        }

        Assert.Equal(28, events.Where(e => e != "[DONE]").SelectMany(e => JsonDocument.Parse(e).RootElement.GetProperty("choices").EnumerateArray())
            .Sum(c => c.GetProperty("logprobs").ValueKind == JsonValueKind.Object ? c.GetProperty("logprobs").GetProperty("content").GetArrayLength() : 0));
        Assert.Equal("oneone  ".Order(), string.Concat(Deltas(events).Select(d => JsonDocument.Parse(d).RootElement).Select(d => d.TryGetProperty("content", out var c) ? c.GetString() : "")).Order());
    }

    static IEnumerable<string> Deltas(IEnumerable<string> events) => events.Where(e => e != "[DONE]")
        .SelectMany(e => JsonDocument.Parse(e).RootElement.GetProperty("choices").EnumerateArray()).Select(c => c.GetProperty("delta").GetRawText());
}
