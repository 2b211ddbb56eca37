using System.Text.Json;

namespace Kdsl.Tests.Ported.Vllm;

/// <summary>
/// vLLM's tests/entrypoints/openai/chat_completion/test_completion_with_function_calling.py. Its model decides to call; here the script does, and where a call is forced the script
/// would rather say something else.
/// </summary>
public class FunctionCallingTests(ThinkingServer server) : IClassFixture<ThinkingServer>
{
    const string Tools = """
        "tools":[
          {"type":"function","function":{"name":"get_current_weather","description":"Get the current weather","parameters":{"type":"object","properties":{
            "city":{"type":"string","default":"Vienna"},"country":{"type":"string"},"unit":{"type":"string","enum":["celsius","fahrenheit"]},
            "options":{"$ref":"#/$defs/Options","description":"Optional"}},"required":["country","unit"],
            "$defs":{"Options":{"type":"object","additionalProperties":false,"properties":{"forecast":{"type":"boolean","default":false},"language":{"type":"string","enum":["zh-CN","en-US"]}}}}}}},
          {"type":"function","function":{"name":"get_forecast","parameters":{"type":"object","properties":{
            "city":{"type":"string"},"country":{"type":"string"},"days":{"type":"integer"},"unit":{"type":"string","enum":["celsius","fahrenheit"]}},"required":["country","days","unit"]}}}]
        """;

    const string Named = """{"type":"function","function":{"name":"get_current_weather"}}""";

    const string Call = "<tool_call>\n{\"name\": \"get_current_weather\", \"arguments\": {\"city\": \"Berlin\", \"country\": \"Germany\", \"unit\": \"fahrenheit\"}}\n</tool_call>";

    public static TheoryData<string, bool, bool> Ways
    {
        get
        {
            var data = new TheoryData<string, bool, bool>();
            foreach (string choice in (string[])["\"auto\"", "\"required\"", Named])
            {
                foreach (bool stream in (bool[])[true, false])
                {
                    data.Add(choice, stream, true);
                    data.Add(choice, stream, false);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task ToolUse_EveryChoice(string choice, bool stream, bool thinking)
    {
        server.Says((thinking ? "The user asks about Berlin.\n</think>\n\n" : "\n</think>\n\n") + Call);
        string fields = $"{Tools},\"tool_choice\":{choice},\"chat_template_kwargs\":{{\"enable_thinking\":{(thinking ? "true" : "false")}}}";
        string? reasoning;
        IReadOnlyList<(string Name, string Arguments)> calls;
        if (stream)
        {
            var events = await server.ChatStreamAsync(fields);
            (reasoning, calls) = (events.Joined("reasoning"), events.Calls);
        }
        else
        {
            var message = (await server.ChoiceAsync(fields)).GetProperty("message");
            (reasoning, calls) = (message.GetProperty("reasoning").GetString(), Events.CallsOf(message));
        }

        Assert.Equal("get_current_weather", Assert.Single(calls).Name);
        Assert.Equal("Germany", JsonDocument.Parse(calls[0].Arguments).RootElement.GetProperty("country").GetString());
        // A thought that is not wanted is closed where the template has opened it.
        Assert.Equal(thinking ? "The user asks about Berlin.\n" : "\n", reasoning);
    }

    /// <summary>A call without arguments comes back in the conversation, its arguments written either way.</summary>
    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    public async Task CallWithoutArguments_MayBeAnswered(string arguments)
    {
        const string tool = """{"type":"function","function":{"name":"get_current_time","parameters":{"type":"object","properties":{},"required":[]}}}""";
        var message = (await server.Says("</think>\n\n<tool_call>\n{\"name\": \"get_current_time\", \"arguments\": {}}\n</tool_call>").ChoiceAsync($"\"tools\":[{tool}]")).GetProperty("message");
        Assert.Equal([("get_current_time", "{}")], Events.CallsOf(message));

        string id = message.GetProperty("tool_calls")[0].GetProperty("id").GetString()!;
        var answer = await server.Says("</think>\n\nIt is late.").PostAsync(ScriptedServer.Chat, $$$$"""
            {"messages":[{"role":"user","content":"What time is it now?"},
            {"role":"assistant","content":null,"tool_calls":[{"id":"{{{{id}}}}","type":"function","function":{"name":"get_current_time","arguments":"{{{{arguments}}}}"}}]},
            {"role":"tool","tool_call_id":"{{{{id}}}}","content":"2026-11-27T23:00"}],"max_completion_tokens":128}
            """);
        Assert.Equal("\n\nIt is late.", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Contains("\"arguments\":{}", PromptText.Of(server.Last), StringComparison.Ordinal);
    }

    /// <summary>The arguments satisfy the schema whatever the model would say; no content; one finish reason, at the end.</summary>
    [Fact]
    public async Task NamedTool_IsCalledWithArgumentsOfItsSchema()
    {
        const string schema = """{"type":"object","properties":{"name":{"type":"string","maxLength":8},"age":{"type":"integer"},"skills":{"type":"array","items":{"type":"string","maxLength":5},"minItems":1,"maxItems":2}},"required":["name","age","skills"],"additionalProperties":false}""";
        const string fields = $$$"""
            "tools":[{"type":"function","function":{"name":"dummy_function_name","parameters":{{{schema}}}}}],
            "tool_choice":{"type":"function","function":{"name":"dummy_function_name"}},"max_completion_tokens":1000,"thinking_token_budget":0
            """;
        var message = (await server.Babbles().ChoiceAsync(fields)).GetProperty("message");
        Assert.Equal(JsonValueKind.Null, message.GetProperty("content").ValueKind);
        CheckEmployee(Assert.Single(Events.CallsOf(message)));

        var events = await server.ChatStreamAsync(fields);
        Assert.Equal("", events.Joined("content"));
        CheckEmployee(Assert.Single(events.Calls));
        Assert.Equal("tool_calls", events.Finish());

        static void CheckEmployee((string Name, string Arguments) call)
        {
            var employee = JsonDocument.Parse(call.Arguments).RootElement;
            Assert.Equal("dummy_function_name", call.Name);
            Assert.Equal((JsonValueKind.String, JsonValueKind.Number), (employee.GetProperty("name").ValueKind, employee.GetProperty("age").ValueKind));
            Assert.InRange(employee.GetProperty("skills").GetArrayLength(), 1, 2);
        }
    }

    [Theory]
    [InlineData(""" "tool_choice":{"type":"function","function":{"name":"dummy_function_name"}} """, "tool_choice")]
    [InlineData(""" "tools":[{"type":"function","function":{"name":"dummy_function_name"}}],"tool_choice":{"type":"function","function":{"name":"nondefined_function_name"}} """, "tool_choice.function.name")]
    [InlineData(""" "tools":[{"type":"function","function":{"name":"dummy_function_name"}}],"tool_choice":{} """, "tool_choice.function")]
    public async Task ToolChoice_ThatDoesNotFitTheTools_Is400(string fields, string param)
    {
        var (status, body) = await server.Http.PostAsync(ScriptedServer.Chat, ScriptedServer.Message(fields));
        Assert.Equal((400, param), (status, body.GetProperty("error").GetProperty("param").GetString()));
    }

    /// <summary>Cut off before the call is whole: no call, and the reason is the length.</summary>
    [Theory]
    [InlineData("\"required\"")]
    [InlineData(Named)]
    public async Task MaxTokens_InsideAForcedCall_GivesNoCall(string choice)
    {
        var answer = await server.Says("</think>\n\n" + Call).ChoiceAsync($"{Tools},\"tool_choice\":{choice},\"max_completion_tokens\":1");
        Assert.Equal("length", answer.GetProperty("finish_reason").GetString());
        Assert.False(answer.GetProperty("message").TryGetProperty("tool_calls", out _));
    }
}
