namespace Kdsl.Tests.Ported.Vllm;

/// <summary>vLLM's tests/entrypoints/openai/chat_completion/test_chat_with_tool_reasoning.py, whose model is QwQ-32B: thoughts and a call in one answer.</summary>
public class ToolReasoningTests(ThinkingServer server) : IClassFixture<ThinkingServer>
{
    const string Arguments = """{"city": "Dallas", "state": "TX", "unit": "fahrenheit"}""";

    const string Tools = """
        "tools":[{"type":"function","function":{"name":"get_current_weather","parameters":{"type":"object","properties":{"city":{"type":"string"},"state":{"type":"string"},
        "unit":{"type":"string","enum":["celsius","fahrenheit"]}},"required":["city","state","unit"]}}}],"temperature":0
        """;

    const string Answer = $$"""The user wants the weather in Dallas.</think><tool_call>{"name": "get_current_weather", "arguments": {{Arguments}}}</tool_call>""";

    [Fact]
    public async Task Streamed()
    {
        var events = await server.Says(Answer).ChatStreamAsync(Tools);
        Assert.Equal("The user wants the weather in Dallas.", events.Joined("reasoning"));
        Assert.Equal([("get_current_weather", Arguments)], events.Calls);
    }

    [Fact]
    public async Task Whole()
    {
        var message = (await server.Says(Answer).ChoiceAsync(Tools)).GetProperty("message");
        Assert.Equal("The user wants the weather in Dallas.", message.GetProperty("reasoning").GetString());
        Assert.Equal([("get_current_weather", Arguments)], Events.CallsOf(message));
    }
}
