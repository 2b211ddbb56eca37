using System.Text.Json;

namespace Kdsl.Tests.Ported.SgLang;

/// <summary>SGLang's test/registered/openai_server/function_call/test_openai_function_calling.py, in the form of Qwen's calls.</summary>
public class FunctionCallingTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    const string Add = """{"type":"function","function":{"name":"add","strict":true,"parameters":{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"required":["a","b"]}}}""";
    const string Sub = """{"type":"function","function":{"name":"sub","strict":true,"parameters":{"type":"object","properties":{"int_a":{"type":"integer"},"int_b":{"type":"integer"}},"required":["int_a","int_b"]}}}""";
    const string Weather = """{"type":"function","function":{"name":"get_weather","strict":true,"parameters":{"type":"object","properties":{"city":{"type":"string","maxLength":20}},"required":["city"]}}}""";

    static string Call(string name, string arguments) => $"<tool_call>\n{{\"name\": \"{name}\", \"arguments\": {arguments}}}\n</tool_call>";

    [Fact]
    public async Task Format_OfACall()
    {
        var message = (await server.Says(Call("add", "{\"a\": 3, \"b\": 5}")).ChoiceAsync($"\"tools\":[{Add}],\"tool_choice\":\"required\"")).GetProperty("message");
        Assert.Equal(JsonValueKind.Null, message.GetProperty("content").ValueKind);
        Assert.Equal("add", Assert.Single(Events.CallsOf(message)).Name);
    }

    [Fact]
    public async Task Streaming_HasTheNameAndTheReason()
    {
        var events = await server.Says(Call("get_weather", "{\"city\": \"Paris\"}")).ChatStreamAsync($"\"tools\":[{Weather}]");
        Assert.Equal(("get_weather", "tool_calls"), (Assert.Single(events.Calls).Name, events.Finish()));
        Assert.Equal("tool_calls", events.Choices.Last().GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Streaming_ArgumentsJoinToJson()
    {
        var events = await server.Says(Call("add", "{\"a\": 5, \"b\": 7}")).ChatStreamAsync($"\"tools\":[{Add}]");
        var arguments = JsonDocument.Parse(Assert.Single(events.Calls).Arguments).RootElement;
        Assert.Equal((5, 7, "tool_calls"), (arguments.GetProperty("a").GetInt32(), arguments.GetProperty("b").GetInt32(), events.Finish()));
    }

    [Fact]
    public async Task Strict_KeepsToTheSchema()
    {
        // The model writes texts where numbers are called for.
        var call = Assert.Single(Events.CallsOf((await server.Says(Call("sub", "{\"int_a\": \"5\", \"int_b\": \"7\"}")).ChoiceAsync($"\"tools\":[{Sub}],\"max_tokens\":300")).GetProperty("message")));
        var arguments = JsonDocument.Parse(call.Arguments).RootElement;
        Assert.Equal(("sub", JsonValueKind.Number, JsonValueKind.Number), (call.Name, arguments.GetProperty("int_a").ValueKind, arguments.GetProperty("int_b").ValueKind));
    }

    [Fact]
    public async Task Required_CallsOneOfTheTools()
    {
        var call = Events.CallsOf((await server.Says("Paris is the capital of France.").ChoiceAsync($"\"tools\":[{Sub},{Weather}],\"tool_choice\":\"required\",\"parallel_tool_calls\":false")).GetProperty("message"))[0];
        Assert.Contains(call.Name, (string[])["sub", "get_weather"]);
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(call.Arguments).RootElement.ValueKind);
    }

    [Fact]
    public async Task Specific_CallsThatOne()
    {
        var call = Assert.Single(Events.CallsOf((await server.Says("Paris is the capital of France.")
            .ChoiceAsync($"\"tools\":[{Sub},{Weather}],\"tool_choice\":{{\"type\":\"function\",\"function\":{{\"name\":\"get_weather\"}}}}")).GetProperty("message")));
        Assert.Equal("get_weather", call.Name);
        Assert.True(JsonDocument.Parse(call.Arguments).RootElement.TryGetProperty("city", out _));
    }

    [Theory]
    [InlineData(true, "tool_calls")]
    [InlineData(false, "stop")]
    public async Task Streaming_EveryChoiceHasItsReason(bool calls, string reason)
    {
        var events = await server.Says(calls ? Call("get_weather", "{\"city\": \"LA\"}") : "Hello.").ChatStreamAsync("\"n\":2" + (calls ? $",\"tools\":[{Weather}],\"tool_choice\":\"required\"" : ""));
        Assert.Equal((reason, reason), (events.Finish(0), events.Finish(1)));
    }

    [Fact]
    public async Task Streaming_WithoutCalls_Stops()
    {
        var events = await server.Says("I am an assistant.").ChatStreamAsync($"\"tools\":[{Weather}],\"tool_choice\":\"none\"");
        Assert.Empty(events.Calls);
        Assert.Equal("stop", events.Finish());
    }
}
