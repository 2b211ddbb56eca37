using System.Text.Json;

namespace Kdsl.Tests.Ported.Tgi;

/// <summary>TGI's integration-tests/models/test_tools_llama.py.</summary>
public class ToolsTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    const string Tools = """
        "tools":[
        {"type":"function","function":{"name":"get_current_weather","parameters":{"type":"object","properties":{"location":{"type":"string","maxLength":30},"format":{"type":"string","enum":["celsius","fahrenheit"]}},"required":["location","format"],"additionalProperties":false}}},
        {"type":"function","function":{"name":"get_n_day_weather_forecast","parameters":{"type":"object","properties":{"location":{"type":"string","maxLength":30},"format":{"type":"string","enum":["celsius","fahrenheit"]},"num_days":{"type":"integer"}},"required":["location","format","num_days"],"additionalProperties":false}}}]
        """;

    const string Arguments = """{"location":"Brooklyn, NY","format":"fahrenheit"}""";

    const string Call = $$"""<tool_call>{"name": "get_current_weather", "arguments": {{Arguments}}}</tool_call>""";

    const string Story = "Once upon a time, in a vibrant ocean filled with coral reefs.";

    /// <summary>The model calls: with the default, auto, its name alone; whole and streamed.</summary>
    [Theory]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData(",\"tool_choice\":\"auto\"", false)]
    [InlineData(",\"tool_choice\":\"get_current_weather\"", false)]
    [InlineData(",\"tool_choice\":\"get_current_weather\"", true)]
    public async Task Call_HasNoContent(string choice, bool stream)
    {
        string fields = Tools + choice + ",\"max_tokens\":200,\"temperature\":0";
        server.Says(Call);
        if (stream)
        {
            var events = await server.ChatStreamAsync(fields);
            Assert.Equal("", events.Joined("content"));
            Assert.Equal([("get_current_weather", Arguments)], events.Calls);
            return;
        }

        var message = (await server.ChoiceAsync(fields)).GetProperty("message");
        Assert.Equal(JsonValueKind.Null, message.GetProperty("content").ValueKind);
        Assert.Equal([("get_current_weather", Arguments)], Events.CallsOf(message));
    }

    /// <summary>The model talks, and may: auto and none, whole and streamed.</summary>
    [Theory]
    [InlineData("auto", false)]
    [InlineData("auto", true)]
    [InlineData("none", true)]
    public async Task Talk_HasNoCalls(string choice, bool stream)
    {
        string fields = $"{Tools},\"tool_choice\":\"{choice}\",\"max_tokens\":100";
        server.Says(Story);
        if (stream)
        {
            var events = await server.ChatStreamAsync(fields);
            Assert.Equal((Story, 0), (events.Joined("content"), events.Calls.Count));
            return;
        }

        var message = (await server.ChoiceAsync(fields)).GetProperty("message");
        Assert.Equal((Story, false), (message.GetProperty("content").GetString(), message.TryGetProperty("tool_calls", out _)));
    }

    /// <summary>The model would talk and must not.</summary>
    [Theory]
    [InlineData("\"required\"", null)]
    [InlineData("""{"type":"function","function":{"name":"get_n_day_weather_forecast"}}""", "get_n_day_weather_forecast")]
    public async Task Talk_ThatMayNotBe_IsACall(string choice, string? name)
    {
        var events = await server.Says(Story).ChatStreamAsync($"{Tools},\"tool_choice\":{choice},\"parallel_tool_calls\":false");
        Assert.Equal("", events.Joined("content"));
        var call = Assert.Single(events.Calls);
        Assert.True(name is null || name == call.Name);
        Assert.Equal(JsonValueKind.String, JsonDocument.Parse(call.Arguments).RootElement.GetProperty("location").ValueKind);
    }

    [Fact]
    public async Task Reply_OfATool_IsShownToTheModel()
    {
        var body = await server.Says("It is 6.7 degrees.").PostAsync(ScriptedServer.Chat, """
            {"messages":[{"role":"user","content":"What's the weather like in Paris today?"},
            {"role":"assistant","tool_calls":[{"id":"0","function":{"arguments":"{\"longitude\": 2.2945, \"latitude\": 48.8567}","name":"get_weather","description":null},"type":"function"}]},
            {"role":"tool","tool_call_id":"0","content":"6.7"}],"max_tokens":100}
            """);
        Assert.False(body.GetProperty("choices")[0].GetProperty("message").TryGetProperty("tool_calls", out _));
        Assert.Contains("2.2945", PromptText.Of(server.Last), StringComparison.Ordinal);
        Assert.Contains("[tool 6.7]", PromptText.Of(server.Last), StringComparison.Ordinal);
    }
}
