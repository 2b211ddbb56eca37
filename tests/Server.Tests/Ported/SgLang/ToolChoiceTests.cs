using System.Text.Json;

namespace Kdsl.Tests.Ported.SgLang;

/// <summary>
/// SGLang's test/registered/openai_server/function_call/test_tool_choice.py. Tools whose definitions clash are served here, each by its own.
/// </summary>
public class ToolChoiceTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    const string Tools = """
        "tools":[
        {"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string","maxLength":20},"unit":{"type":"string","enum":["celsius","fahrenheit"]}},"required":["city"]}}},
        {"type":"function","function":{"name":"get_pokemon_info","parameters":{"type":"object","properties":{"name":{"type":"string","maxLength":20}},"required":["name"]}}}]
        """;

    const string Travel = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Tokyo\"}}\n</tool_call>\n<tool_call>\n{\"name\": \"get_pokemon_info\", \"arguments\": {\"name\": \"Pikachu\"}}\n</tool_call>";

    /// <summary>What the model would say where nothing forces it.</summary>
    const string Talk = "The weather is fine in all of them.";

    public static TheoryData<string, bool, int> Choices => new()
    {
        { "\"auto\"", false, 0 },
        { "\"auto\"", true, 0 },
        { "\"required\"", false, 1 },
        { "\"required\"", true, 1 },
        { """{"type":"function","function":{"name":"get_weather"}}""", false, 1 },
        { """{"type":"function","function":{"name":"get_weather"}}""", true, 1 },
    };

    [Theory]
    [MemberData(nameof(Choices))]
    public async Task Choice_ForcesACallOrNot(string choice, bool stream, int least)
    {
        string fields = $"{Tools},\"tool_choice\":{choice}";
        server.Says(Talk);
        var calls = stream ? (await server.ChatStreamAsync(fields)).Calls : Events.CallsOf((await server.ChoiceAsync(fields)).GetProperty("message"));
        Assert.True(calls.Count >= least && (least > 0 || calls.Count == 0));
        Assert.All(calls, call => Assert.Contains(call.Name, choice.StartsWith('{') ? ["get_weather"] : (string[])["get_weather", "get_pokemon_info"]));
    }

    /// <summary>Required, streamed: joined arguments are JSON of the tool's schema.</summary>
    [Fact]
    public async Task RequiredStreaming_ArgumentsAreJson()
    {
        var events = await server.Babbles().ChatStreamAsync($"{Tools},\"tool_choice\":\"required\",\"parallel_tool_calls\":false");
        var call = Assert.Single(events.Calls);
        Assert.Equal(JsonValueKind.String, JsonDocument.Parse(call.Arguments).RootElement.GetProperty(call.Name == "get_weather" ? "city" : "name").ValueKind);
    }

    [Fact]
    public async Task ComplexParameters_AreKept()
    {
        const string tool = """
            {"type":"function","function":{"name":"analyze_data","strict":true,"parameters":{"type":"object","properties":{
            "data":{"type":"object","properties":{"metrics":{"type":"array","items":{"type":"string","maxLength":4},"maxItems":2},"config":{"type":"object","properties":{"threshold":{"type":"number"},"enabled":{"type":"boolean"}}}},"required":["metrics"]},
            "options":{"type":"array","maxItems":2,"items":{"type":"object","properties":{"name":{"type":"string","maxLength":4},"value":{"type":"string","maxLength":4}}}}},"required":["data"]}}}
            """;
        var call = Assert.Single(Events.CallsOf((await server.Babbles().ChoiceAsync($"\"tools\":[{tool}],\"tool_choice\":\"required\",\"parallel_tool_calls\":false")).GetProperty("message")));
        Assert.Equal("analyze_data", call.Name);
        Assert.Equal(JsonValueKind.Array, JsonDocument.Parse(call.Arguments).RootElement.GetProperty("data").GetProperty("metrics").ValueKind);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("required")]
    public async Task SeveralTools_AreCalledInOneAnswer(string choice)
    {
        var calls = Events.CallsOf((await server.Says(Travel).ChoiceAsync($"{Tools},\"tool_choice\":\"{choice}\"")).GetProperty("message"));
        Assert.Equal(["get_weather", "get_pokemon_info"], calls.Select(call => call.Name));
    }

    [Theory]
    [InlineData("""{"type":"function","function":{"name":"nonexistent_function"}}""", "tool_choice.function.name", "nonexistent_function")]
    public async Task Choice_OfNoTool_Is400(string choice, string param, string named)
    {
        var error = await server.RefusedAsync(ScriptedServer.Chat, ScriptedServer.Message($"{Tools},\"tool_choice\":{choice}"));
        Assert.Equal(param, error.GetProperty("param").GetString());
        Assert.Contains(named, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"function","function":{"description":"no name","parameters":{"type":"object"}}}""", "tools[0].function.name", "name")]
    [InlineData("""{"type":"function","function":{"name":"test_function","parameters":{"type":"object","properties":{"invalid_field":{"type":"unknown_type"}},"required":["invalid_field"]}}}""", "tools", "unknown_type")]
    public async Task Tool_ThatIsInvalid_Is400(string tool, string param, string named)
    {
        var error = await server.RefusedAsync(ScriptedServer.Chat, ScriptedServer.Message($"\"tools\":[{tool}],\"tool_choice\":\"required\""));
        Assert.Equal(param, error.GetProperty("param").GetString());
        Assert.Contains(named, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    /// <summary>What differs: SGLang refuses two tools that define the same name differently.</summary>
    [Fact]
    public async Task ClashingDefinitions_AreServed()
    {
        static string Tool(string name, string type) => """
            {"type":"function","function":{"name":"NAME","parameters":{"type":"object","properties":{"data":{"$ref":"#/$defs/DataType"}},"required":["data"],
            "$defs":{"DataType":{"type":"object","properties":{"value":{"type":"TYPE"}},"required":["value"]}}}}}
            """.Replace("NAME", name, StringComparison.Ordinal).Replace("TYPE", type, StringComparison.Ordinal);
        string fields = $"\"tools\":[{Tool("tool1", "string")},{Tool("tool2", "number")}],\"tool_choice\":\"required\"";
        var call = Events.CallsOf((await server.Says("<tool_call>\n{\"name\": \"tool2\", \"arguments\": {\"data\": {\"value\": 4}}}\n</tool_call>").ChoiceAsync(fields)).GetProperty("message"))[0];
        Assert.Equal(("tool2", "{\"data\": {\"value\": 4}}"), call);
    }
}
