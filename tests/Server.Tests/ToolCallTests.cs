using System.Text.Json;

namespace Kdsl.Tests;

public class ToolCallTests
{
    const string Path = "/v1/chat/completions";

    const string Tools = """
        "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"boolean"}},"required":["a"]}}},
        {"type":"function","function":{"name":"go","parameters":{"type":"object","properties":{}}}}]
        """;

    static string Body(string more = "") => $$"""{"messages":[{"role":"user","content":"x"}],{{Tools}}{{more}}}""";

    static string Call(string name, string arguments) => $"<tool_call>\n{{\"name\": \"{name}\", \"arguments\": {arguments}}}\n</tool_call>";

    [Fact]
    public async Task Answer_WithCalls_HasThemApart()
    {
        await using var server = await RunningServer.StartAsync("Let me see.\n" + Call("f", "{\"a\": 1}") + "\n" + Call("go", "{}"));
        var choice = (await server.PostAsync(Path, Body())).Body.GetProperty("choices")[0];
        Assert.Equal("tool_calls", choice.GetProperty("finish_reason").GetString());
        var message = choice.GetProperty("message");
        Assert.Equal("Let me see.\n", message.GetProperty("content").GetString());
        var calls = message.GetProperty("tool_calls").EnumerateArray().ToArray();
        Assert.Equal([("f", "{\"a\": 1}"), ("go", "{}")], calls.Select(c => (c.GetProperty("function").GetProperty("name").GetString(), c.GetProperty("function").GetProperty("arguments").GetString())));
        Assert.All(calls, call => Assert.StartsWith("call_", call.GetProperty("id").GetString(), StringComparison.Ordinal));
        Assert.NotEqual(calls[0].GetProperty("id").GetString(), calls[1].GetProperty("id").GetString());
    }

    [Fact]
    public async Task Stream_OfCalls_KeepsToTheRulesThatClientsNeed()
    {
        await using var server = await RunningServer.StartAsync("Hm." + Call("f", "{\"a\": 12}") + "\n" + Call("go", "{}"));
        var events = await server.StreamAsync(Path, Body(""","stream":true"""));
        var choices = events.Where(e => e != "[DONE]").Select(e => JsonDocument.Parse(e).RootElement.GetProperty("choices")[0]).ToArray();
        var deltas = choices.Select(c => c.GetProperty("delta")).ToArray();

        Assert.Equal("""{"role":"assistant","content":""}""", deltas[0].GetRawText());
        Assert.All(deltas[1..], delta => Assert.False(delta.TryGetProperty("role", out _)));
        Assert.All(deltas, delta => Assert.DoesNotContain("null", delta.GetRawText(), StringComparison.Ordinal));
        Assert.All(deltas, delta => Assert.DoesNotContain("[]", delta.GetRawText(), StringComparison.Ordinal));
        Assert.Equal(["tool_calls"], choices.Select(c => c.GetProperty("finish_reason")).Where(f => f.ValueKind != JsonValueKind.Null).Select(f => f.GetString()!));
        Assert.Equal("{}", deltas[^1].GetRawText());

        var pieces = deltas.Where(d => d.TryGetProperty("tool_calls", out _)).Select(d => Assert.Single(d.GetProperty("tool_calls").EnumerateArray())).ToArray();
        foreach (var (index, name, arguments) in ((int, string, string)[])[(0, "f", "{\"a\": 12}"), (1, "go", "{}")])
        {
            var own = pieces.Where(p => p.GetProperty("index").GetInt32() == index).ToArray();
            Assert.Equal(name, own[0].GetProperty("function").GetProperty("name").GetString());
            Assert.Equal("function", own[0].GetProperty("type").GetString());
            Assert.All(own[1..], p => Assert.False(p.TryGetProperty("id", out _) || p.TryGetProperty("type", out _) || p.GetProperty("function").TryGetProperty("name", out _)));
            Assert.Equal(arguments, string.Concat(own.Select(p => p.GetProperty("function").GetProperty("arguments").GetString())));
        }

        // The arguments came in pieces, not at the end.
        Assert.True(pieces.Count(p => p.GetProperty("index").GetInt32() == 0) > 5);
    }

    [Theory]
    [InlineData("\"required\"", "f")]
    [InlineData("""{"type":"function","function":{"name":"go"}}""", "go")]
    public async Task ToolChoice_ThatForcesACall_GetsOneWhateverTheModelWouldSay(string choice, string name)
    {
        // It would rather talk, and says a letter where one is allowed.
        await using var server = await RunningServer.StartAsync("Hello, how are you today? I am fine.");
        var body = Body($$""","tool_choice":{{choice}},"parallel_tool_calls":false""");
        var answer = (await server.PostAsync(Path, body)).Body.GetProperty("choices")[0];
        var call = Assert.Single(answer.GetProperty("message").GetProperty("tool_calls").EnumerateArray());
        Assert.Equal(name, call.GetProperty("function").GetProperty("name").GetString());
        var arguments = JsonDocument.Parse(call.GetProperty("function").GetProperty("arguments").GetString()!).RootElement;
        if (name == "f")
            Assert.Equal(JsonValueKind.Number, arguments.GetProperty("a").ValueKind);
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("message").GetProperty("content").ValueKind);
        Assert.Equal("tool_calls", answer.GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task ToolChoice_Required_ComesAfterTheThought()
    {
        await using var server = await RunningServer.StartThinkingAsync("I should call go.\n</think>\n\n" + Call("go", "{}"));
        var message = (await server.PostAsync(Path, Body(""","tool_choice":"required" """))).Body.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal("I should call go.\n", message.GetProperty("reasoning_content").GetString());
        Assert.Single(message.GetProperty("tool_calls").EnumerateArray());
        Assert.Equal(JsonValueKind.Null, message.GetProperty("content").ValueKind);
    }

    [Fact]
    public async Task Auto_CallThatTheModelBegins_KeepsToTheSchema()
    {
        // "a" is an integer: the letters do not fit, the digit does.
        await using var server = await RunningServer.StartAsync("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": xyz7}}\n</tool_call>");
        var message = (await server.PostAsync(Path, Body(""","max_tokens":200"""))).Body.GetProperty("choices")[0].GetProperty("message");
        var call = Assert.Single(message.GetProperty("tool_calls").EnumerateArray());
        var a = JsonDocument.Parse(call.GetProperty("function").GetProperty("arguments").GetString()!).RootElement.GetProperty("a");
        Assert.Equal(JsonValueKind.Number, a.ValueKind);
    }

    [Fact]
    public async Task CallCutOff_IsNoCall_AndItsTextIsKept()
    {
        await using var server = await RunningServer.StartAsync(Call("f", "{\"a\": 123456}"));
        var choice = (await server.PostAsync(Path, Body(""","max_tokens":50"""))).Body.GetProperty("choices")[0];
        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
        Assert.False(choice.GetProperty("message").TryGetProperty("tool_calls", out _));
        Assert.Equal(Call("f", "{\"a\": 123456}")[..50], choice.GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task NoTools_NoCalls()
    {
        string text = Call("f", "{}");
        await using var server = await RunningServer.StartAsync(text);
        var choice = (await server.PostAsync(Path, """{"messages":[{"role":"user","content":"x"}]}""")).Body.GetProperty("choices")[0];
        Assert.Equal(text, choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        choice = (await server.PostAsync(Path, Body(""","tool_choice":"none" """))).Body.GetProperty("choices")[0];
        Assert.Equal(text, choice.GetProperty("message").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"tool_choice":"required"}""", "tool_choice")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"tools":[{"function":{"name":"f"}}],"tool_choice":{"type":"function","function":{"name":"g"}}}""", "tool_choice.function.name")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"tools":[{"function":{"name":"f","strict":true,"parameters":{"not":{}}}}]}""", "tools")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"browser"}]}""", "tools[0].type")]
    public async Task Request_ThatCannotBeServed_IsRefused(string json, string param)
    {
        await using var server = await RunningServer.StartAsync("ok");
        var (status, body) = await server.PostAsync(Path, json);
        Assert.Equal(400, status);
        Assert.Equal(param, body.GetProperty("error").GetProperty("param").GetString());
    }

    [Fact]
    public async Task Auto_SchemaThatCannotBeServed_CountsAsAnyObject()
    {
        await using var server = await RunningServer.StartAsync(Call("f", "{\"x\": [1]}"));
        var (status, body) = await server.PostAsync(Path, """{"messages":[{"role":"user","content":"x"}],"tools":[{"function":{"name":"f","parameters":{"not":{}}}}]}""");
        Assert.Equal(200, status);
        Assert.Equal("{\"x\": [1]}", body.GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString());
    }
}
