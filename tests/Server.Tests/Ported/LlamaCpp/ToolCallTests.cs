using System.Text.Json.Nodes;

namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>
/// The cases of llama.cpp's tools/server/tests/unit/test_tool_call.py. It asks them of eleven families of models; what a model of the Hermes form says is scripted here, and what the
/// server makes of it is what they assert.
/// </summary>
public class ToolCallTests(ScriptedServer scripted, ThinkingServer thinking) : IClassFixture<ScriptedServer>, IClassFixture<ThinkingServer>
{
    static readonly JsonObject s_test = Tool("test", "success", """{"type":"boolean","const":true}"""), s_python = Tool("python", "code", """{"type":"string"}"""),
        s_weather = Tool("get_current_weather", "location", """{"type":"string"}"""), s_calculate = Tool("calculate", "expression", """{"type":"string"}""");

    public static TheoryData<bool> Modes => [false, true];

    static JsonObject Tool(string name, string parameter, string schema) => new()
    {
        ["type"] = "function",
        ["function"] = new JsonObject
        {
            ["name"] = name,
            ["parameters"] = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { [parameter] = JsonNode.Parse(schema) }, ["required"] = new JsonArray(parameter) },
        },
    };

    static JsonObject Request(string user, JsonObject? tool, string? choice = null) => new()
    {
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "system", ["content"] = "You are a coding assistant." }, new JsonObject { ["role"] = "user", ["content"] = user }),
        ["tools"] = tool is null ? null : new JsonArray(tool.DeepClone()),
        ["tool_choice"] = choice,
        ["parallel_tool_calls"] = false,
        ["max_tokens"] = 512,
    };

    /// <summary>test_completion_with_required_tool: the model would rather talk, or knows what to do.</summary>
    [Theory]
    [InlineData("test", "success", "Of course, here is one.", false)]
    [InlineData("test", "success", "Of course, here is one.", true)]
    [InlineData("python", "code", "<tool_call>\n{\"name\": \"python\", \"arguments\": {\"code\": \"print(1)\"}}\n</tool_call>", false)]
    [InlineData("python", "code", "<tool_call>\n{\"name\": \"python\", \"arguments\": {\"code\": \"print(1)\"}}\n</tool_call>", true)]
    public async Task RequiredTool_IsCalledOnce(string name, string argument, string says, bool stream)
    {
        scripted.Says(says);
        var turn = await ChatTurn.AskAsync(scripted.Http, Request("Write an example", name == "test" ? s_test : s_python, "required"), stream);
        var call = Assert.Single(turn.Calls);
        Assert.Equal(("", name, "tool_calls"), (turn.Content, call.Name, turn.Finish));
        Assert.NotEmpty(call.Id);
        Assert.True(call.Parsed.TryGetProperty(argument, out _));
    }

    /// <summary>test_completion_without_tool_call: no tools, a tool that is not needed, and one that must not be called, though the model tries.</summary>
    [Theory]
    [InlineData(null, null, "print('hello')", false)]
    [InlineData(null, null, "print('hello')", true)]
    [InlineData("test", null, "print('hello')", false)]
    [InlineData("test", null, "print('hello')", true)]
    [InlineData("python", "none", "<tool_call>\n{\"name\": \"python\", \"arguments\": {\"code\": \"1\"}}\n</tool_call>", false)]
    [InlineData("python", "none", "<tool_call>\n{\"name\": \"python\", \"arguments\": {\"code\": \"1\"}}\n</tool_call>", true)]
    public async Task NoTool_IsCalled(string? name, string? choice, string says, bool stream)
    {
        scripted.Says(says);
        var turn = await ChatTurn.AskAsync(scripted.Http, Request("say hello world with python", name switch { null => null, "test" => s_test, _ => s_python }, choice), stream);
        Assert.Empty(turn.Calls);
        Assert.Equal((says, "stop"), (turn.Content, turn.Finish));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Weather_OfACity_IsAskedFor(bool stream)
    {
        scripted.Says("<tool_call>\n{\"name\": \"get_current_weather\", \"arguments\": {\"location\": \"Istanbul, Türkiye\"}}\n</tool_call>");
        var call = Assert.Single((await ChatTurn.AskAsync(scripted.Http, Request("What is the weather in Istanbul?", s_weather), stream)).Calls);
        Assert.Equal(("get_current_weather", "Istanbul, Türkiye"), (call.Name, call.Parsed.GetProperty("location").GetString()));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Code_WithQuotesAndComments_IsHandedOverWhole(bool stream)
    {
        scripted.Says("""<tool_call>{"name": "python", "arguments": {"code": "# says it\nprint(\"Hello, World!\")"}}</tool_call>""");
        var call = Assert.Single((await ChatTurn.AskAsync(scripted.Http, Request("say hello world with python", s_python), stream)).Calls);
        Assert.Equal(("python", "# says it\nprint(\"Hello, World!\")"), (call.Name, call.Parsed.GetProperty("code").GetString()));
    }

    /// <summary>test_calc_result: a call and its result in the history reach the prompt, and an answer in words is one.</summary>
    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Result_OfACall_IsAnsweredInWords(bool stream)
    {
        scripted.Says(prompt => prompt.Contains("[tool 0.55644242476]", StringComparison.Ordinal) && prompt.Contains("""{"expression":"sin(30 * pi / 180)"}""", StringComparison.Ordinal)
            ? "The y coordinate is 0.56." : "What result?");
        var request = Request("What's the y coordinate of a point on the unit sphere at angle 30 degrees?", s_calculate);
        ((JsonArray)request["messages"]!).Add(JsonNode.Parse("""
            {"role":"assistant","content":null,"tool_calls":[{"id":"call_6789","type":"function","function":{"name":"calculate","arguments":"{\"expression\":\"sin(30 * pi / 180)\"}"}}]}
            """));
        ((JsonArray)request["messages"]!).Add(JsonNode.Parse("""{"role":"tool","name":"calculate","content":"0.55644242476","tool_call_id":"call_6789"}"""));
        var turn = await ChatTurn.AskAsync(scripted.Http, request, stream);
        Assert.Empty(turn.Calls);
        Assert.Equal("The y coordinate is 0.56.", turn.Content);
    }

    /// <summary>test_thoughts: of a model that thinks, and of one that does not.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task Thoughts_AreApart_WhereThereAreAny(bool thinks, bool stream)
    {
        ScriptedServer server = thinks ? thinking : scripted;
        server.Says(thinks ? "I need to calculate the sum of 102 and 7.\n</think>\n\nTo find the sum of them, add. 109." : "The sum of 102 and 7 is 109.");
        var turn = await ChatTurn.AskAsync(server.Http, Request("What's the sum of 102 and 7?", null), stream);
        Assert.Empty(turn.Calls);
        Assert.Equal(thinks ? ("I need to calculate the sum of 102 and 7.\n", "\n\nTo find the sum of them, add. 109.") : ("", "The sum of 102 and 7 is 109."), (turn.Reasoning, turn.Content));
    }
}
