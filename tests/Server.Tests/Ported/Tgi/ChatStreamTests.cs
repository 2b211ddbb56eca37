using System.Text.Json;

namespace Kdsl.Tests.Ported.Tgi;

/// <summary>TGI's router/src/chat.rs: how tokens become the events of a chat. Calls are written in Qwen's form; "no tool" is an answer without one.</summary>
public class ChatStreamTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    const string Tools = """ "tools":[{"type":"function","function":{"name":"get_current_weather","parameters":{"type":"object","properties":{"location":{"type":"string"},"format":{"type":"string"}},"required":["location","format"]}}}] """;

    [Fact]
    public async Task Token_IsAnEventOfContent()
    {
        var events = await server.Says("Hi").ChatStreamAsync();
        var choice = events.Choices.ElementAt(1);
        Assert.Equal(("""{"content":"H"}""", 0), (choice.GetProperty("delta").GetRawText(), choice.GetProperty("index").GetInt32()));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (choice.GetProperty("logprobs").ValueKind, choice.GetProperty("finish_reason").ValueKind));
    }

    /// <summary>The last event of the choice has the reason, the one behind it the usage.</summary>
    [Fact]
    public async Task Usage_ComesBehindTheReason()
    {
        var events = (await server.Says("Hi there, all of you").ChatStreamAsync("\"stream_options\":{\"include_usage\":true},\"max_tokens\":10")).All;
        Assert.Equal("length", events[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        var usage = events[^1].GetProperty("usage");
        int prompt = server.Last.Prompt.Length;
        Assert.Equal((prompt, 10, prompt + 10), (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("total_tokens").GetInt32()));
    }

    [Theory]
    [InlineData("I am a helpful assistant!")]
    [InlineData("")]
    public async Task NoTool_IsContent(string answer)
    {
        var events = await server.Says(answer).ChatStreamAsync(Tools + ",\"stream_options\":{\"include_usage\":true}");
        Assert.Equal((answer, 0, "stop"), (events.Joined("content"), events.Calls.Count, events.Finish()));
    }

    [Fact]
    public async Task Call_HasItsNameFirst_AndItsArgumentsInPieces()
    {
        const string arguments = """{"location": "San Francisco, CA", "format": "celsius"}""";
        var events = await server.Says($"<tool_call>\n{{\"name\": \"get_current_weather\", \"arguments\": {arguments}}}\n</tool_call>").ChatStreamAsync(Tools);
        Assert.Equal([("get_current_weather", arguments)], events.Calls);
        var pieces = events.Deltas.Where(d => d.TryGetProperty("tool_calls", out _)).Select(d => Assert.Single(d.GetProperty("tool_calls").EnumerateArray())).ToArray();
        Assert.All(pieces, piece => Assert.Equal(0, piece.GetProperty("index").GetInt32()));
        Assert.Equal("function", pieces[0].GetProperty("type").GetString());
        Assert.True(pieces.Length > 10);
        Assert.Equal("", events.Joined("content"));
    }
}
