namespace Kdsl.Tests.Ported.Vllm;

/// <summary>vLLM's tests/entrypoints/openai/chat_completion/test_tool_choice_null.py: null is as if it were not there.</summary>
public class ToolChoiceNullTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    const string Tools = """ "tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{}}}}] """;

    const string Call = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {}}\n</tool_call>";

    [Theory]
    [InlineData(Tools, 1)]
    [InlineData(Tools + ",\"tool_choice\":null", 1)]
    [InlineData("\"tool_choice\":null", 0)]
    // vLLM refuses this one.
    [InlineData("\"tool_choice\":\"auto\"", 0)]
    [InlineData(Tools + ",\"tool_choice\":\"none\"", 0)]
    public async Task Null_IsAuto(string fields, int calls) =>
        Assert.Equal(calls, Events.CallsOf((await server.Says(Call).ChoiceAsync(fields)).GetProperty("message")).Count);

    [Fact]
    public async Task Null_GoesWithAFormat()
    {
        var choice = await server.Says("{}").ChoiceAsync("\"structured_outputs\":{\"json\":{\"type\":\"object\"}},\"tool_choice\":null");
        Assert.Equal("{}", choice.GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task Bogus_Is400() => Assert.Equal("tool_choice", (await server.RefusedAsync(ScriptedServer.Chat, ScriptedServer.Message(Tools + ",\"tool_choice\":\"bogus\""))).GetProperty("param").GetString());
}
