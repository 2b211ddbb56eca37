using KernelDsl.Testing;

namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>The cases of llama.cpp's tools/server/tests/unit/test_chat_completion.py about requests: formats, continued turns, what is refused.</summary>
public class ChatRequestTests(ScriptedServer scripted) : IClassFixture<ScriptedServer>
{
    const string Path = "/v1/chat/completions";

    const string Coding = """[{"role":"system","content":"You are a coding assistant."},{"role":"user","content":"Write an example"}]""";

    [Theory]
    [InlineData("""{"type":"json_object","schema":{"const":"42"}}""", "^\"42\"$")]
    [InlineData("""{"type":"json_object","schema":{"items":[{"type":"integer"}]}}""", @"^\[\s*-?\d+\s*\]$")]
    [InlineData("""{"type":"json_schema","json_schema":{"schema":{"const":"foooooo"}}}""", "^\"foooooo\"$")]
    [InlineData("""{"type":"json_object"}""", @"^\{(.|\n)*\}$")]
    [InlineData("""{"type":"sound"}""", null)]
    [InlineData("""{"type":"json_object","schema":123}""", null)]
    [InlineData("""{"type":"json_object","schema":{"type":123}}""", null)]
    [InlineData("""{"type":"json_object","schema":{"type":"hiccup"}}""", null)]
    public Task ResponseFormat_IsKeptOrRefused(string format, string? pattern) => AssertFormat($"\"response_format\":{format}", pattern);

    [Theory]
    [InlineData(""" "json_schema":{"const":"42"} """, "^\"42\"$")]
    [InlineData(""" "grammar":"root ::= \"a\"{5,5}" """, "^a{5}$")]
    [InlineData(""" "grammar":"root ::= this is (not valid GBNF" """, null)]
    public Task FieldsOfLlamaCpp_AreKeptOrRefused(string field, string? pattern) => AssertFormat(field, pattern);

    async Task AssertFormat(string field, string? pattern)
    {
        // It would rather say this; the braces fit an object.
        scripted.Says("{}[7]");
        var (status, body) = await scripted.Http.PostAsync(Path, $$"""{"messages":{{Coding}},"max_tokens":100,{{field}}}""");
        if (pattern is null)
        {
            Assert.Equal((400, "invalid_request_error"), (status, body.GetProperty("error").GetProperty("type").GetString()));
            return;
        }

        Assert.True(status == 200, body.GetRawText());
        Assert.Matches(pattern, body.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!);
    }

    [Theory]
    [InlineData("null", "messages")]
    [InlineData("\"string\"", "messages")]
    [InlineData("[123]", "messages[0]")]
    [InlineData("[{}]", "messages[0].role")]
    [InlineData("""[{"role":123}]""", "messages[0].role")]
    [InlineData("""[{"role":"system","content":123}]""", "messages[0].content")]
    [InlineData("""[{"role":"system","content":"test"},{}]""", "messages[1].role")]
    public async Task Messages_ThatAreNone_AreRefusedByName(string messages, string param)
    {
        var (status, body) = await scripted.Http.PostAsync(Path, $$"""{"messages":{{messages}}}""");
        Assert.Equal((400, param), (status, body.GetProperty("error").GetProperty("param").GetString()));
    }

    /// <summary>llama.cpp, which would continue the last one, refuses two; OpenAI's API allows any order, and continues only where it is asked to.</summary>
    [Fact]
    public async Task Messages_EndingWithTwoOfTheAssistant_AreAConversation()
    {
        scripted.Says("ok");
        var (status, _) = await scripted.Http.PostAsync(Path, """{"messages":[{"role":"user","content":"test"},{"role":"assistant","content":"a"},{"role":"assistant","content":"b"}]}""");
        Assert.Equal((200, "[user test][assistant a][assistant b][assistant]"), (status, scripted.Prompt));
    }

    /// <summary>llama.cpp continues a last message of the assistant unasked, and puts line ends between parts; here it is asked to, and parts join as they are.</summary>
    [Theory]
    [InlineData("\"Whill\"", "")]
    [InlineData("""[{"type":"text","text":"Wh"},{"type":"text","text":"ill"}]""", "")]
    [InlineData("\"Whill\"", "\"add_generation_prompt\":false,")]
    public async Task Turn_OfTheAssistant_IsContinued(string content, string more)
    {
        scripted.Says("icter");
        var (status, body) = await scripted.Http.PostAsync(Path, $$"""
            {"messages":[{"role":"system","content":"Book"},{"role":"user","content":"What is the best book"},{"role":"assistant","content":{{content}}}],{{more}}"continue_final_message":true}
            """);
        Assert.True(status == 200, body.GetRawText());
        Assert.Equal("[system Book][user What is the best book][assistant Whill", scripted.Prompt);
        Assert.Equal("icter", body.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("""[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]""", "\"add_generation_prompt\":true,", "both true")]
    [InlineData("""[{"role":"user","content":"Hi"}]""", "", "the role 'user'")]
    [InlineData("""[{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}]""", "", "a call of tools")]
    public async Task Turn_ThatCannotBeContinued_IsRefused(string messages, string more, string reason)
    {
        var (status, body) = await scripted.Http.PostAsync(Path, $$"""{"messages":{{messages}},{{more}}"continue_final_message":true}""");
        Assert.Equal((400, "continue_final_message"), (status, body.GetProperty("error").GetProperty("param").GetString()));
        Assert.Contains(reason, body.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    /// <summary>The error is OpenAI's (code context_length_exceeded), not llama.cpp's own type; both numbers are in its message.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Conversation_LongerThanTheContext_Is400_AlsoOfAStream(bool stream)
    {
        const string turns = """{"role":"system","content":"Book"},{"role":"user","content":"What is the best book"}""";
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(_ => new Script(ByteModel.Answer("no"))));
        var (status, body) = await server.PostAsync(Path, $$"""{"messages":[{{string.Join(',', Enumerable.Repeat(turns, 100))}}],"stream":{{(stream ? "true" : "false")}}}""");
        var error = body.GetProperty("error");
        Assert.Equal((400, "context_length_exceeded"), (status, error.GetProperty("code").GetString()));
        int prompt = 100 * "[system Book][user What is the best book]".Length + "[assistant]".Length;
        Assert.Contains($"{server.Engine.Limits.ContextLength} tokens", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains($"has {prompt}", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(server.Engine.Requests);
    }
}
