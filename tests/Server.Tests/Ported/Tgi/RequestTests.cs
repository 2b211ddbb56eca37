using System.Text.Json;

namespace Kdsl.Tests.Ported.Tgi;

/// <summary>TGI's router/src/lib.rs: forms of a chat request and of its answer. Images are not read here.</summary>
public class RequestTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    const string Tool = """ "tools":[{"type":"function","function":{"name":"myfn","parameters":{"type":"object","properties":{"format":{"type":"string","maxLength":20}}}}}] """;

    const string Call = "<tool_call>\n{\"name\": \"myfn\", \"arguments\": {\"format\": \"csv\"}}\n</tool_call>";

    [Fact]
    public async Task SimpleString_IsTheMessage()
    {
        await server.Says("ok").PostAsync(ScriptedServer.Chat, """{"messages":[{"role":"user","content":"What is Deep Learning?"}]}""");
        Assert.Equal("[user What is Deep Learning?][assistant]", PromptText.Of(server.Last));
    }

    [Theory]
    [InlineData(",\"stream_options\":{\"include_usage\":true}", true)]
    [InlineData("", false)]
    public async Task StreamOptions_DefaultToNoUsage(string options, bool usage)
    {
        var events = await server.Says("ok").StreamAsync(ScriptedServer.Chat, $$"""{"messages":[{"role":"user","content":"Hello"}],"stream":true{{options}}}""");
        Assert.Equal(usage, events.All[^1].TryGetProperty("usage", out _));
    }

    [Fact]
    public async Task Output_IsTextOrCalls()
    {
        var message = (await server.Says("This is the answer").ChoiceAsync()).GetProperty("message");
        Assert.Equal(("assistant", "This is the answer", false),
            (message.GetProperty("role").GetString(), message.GetProperty("content").GetString(), message.TryGetProperty("tool_calls", out _)));

        message = (await server.Says(Call).ChoiceAsync(Tool)).GetProperty("message");
        Assert.Equal(("assistant", JsonValueKind.Null), (message.GetProperty("role").GetString(), message.GetProperty("content").ValueKind));
        Assert.Equal([("myfn", "{\"format\": \"csv\"}")], Events.CallsOf(message));
        Assert.Equal("function", message.GetProperty("tool_calls")[0].GetProperty("type").GetString());
    }

    /// <summary>Every form of a choice; the model would rather talk.</summary>
    [Theory]
    [InlineData("\"none\"", false)]
    [InlineData("\"auto\"", false)]
    [InlineData("\"required\"", true)]
    [InlineData("\"myfn\"", true)]
    [InlineData("""{"type":"function","function":{"name":"myfn"}}""", true)]
    public async Task ToolChoice_InEveryForm(string choice, bool called)
    {
        var calls = Events.CallsOf((await server.Says("Just talk.").ChoiceAsync($"{Tool},\"tool_choice\":{choice},\"parallel_tool_calls\":false")).GetProperty("message"));
        Assert.Equal(called ? ["myfn"] : [], calls.Select(call => call.Name));
    }
}
