using System.Text.Json;

namespace Kdsl.Tests.Ported.Vllm;

/// <summary>
/// What vLLM's tests say of single fields of the JSON: chat_completion/test_delta_tool_call_serialization.py, test_system_fingerprint_none.py and completion/test_stream_frame_template.py of
/// tests/entrypoints/openai.
/// </summary>
public class WireTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    /// <summary>The first piece of a call has id, type, index and name; later ones have index and arguments and no nulls.</summary>
    [Fact]
    public async Task PiecesOfACall_LeaveOutWhatTheyDoNotHave()
    {
        var events = await server.Says("<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"location\": \"Tokyo\"}}\n</tool_call>").ChatStreamAsync("\"tools\":[{\"function\":{\"name\":\"get_weather\"}}]");
        var pieces = events.Deltas.Where(d => d.TryGetProperty("tool_calls", out _)).Select(d => d.GetProperty("tool_calls")[0]).ToArray();
        Assert.Equal(["index", "id", "type", "function"], pieces[0].EnumerateObject().Select(p => p.Name));
        Assert.Equal("""{"name":"get_weather","arguments":""}""", pieces[0].GetProperty("function").GetRawText());
        Assert.All(pieces[1..], piece =>
        {
            Assert.Equal(["index", "function"], piece.EnumerateObject().Select(p => p.Name));
            Assert.Equal(["arguments"], piece.GetProperty("function").EnumerateObject().Select(p => p.Name));
        });
    }

    /// <summary>There is no fingerprint, so there is no key either.</summary>
    [Theory]
    [InlineData(ScriptedServer.Chat, """{"messages":[{"role":"user","content":"x"}]}""")]
    [InlineData(ScriptedServer.Completions, """{"prompt":"x"}""")]
    public async Task Fingerprint_IsTold(string path, string json)
    {
        var body = await server.Says("Hi").PostAsync(path, json);
        Assert.NotEqual("", body.GetProperty("system_fingerprint").GetString());
        Assert.Equal(("org/bytes", 1), (body.GetProperty("model").GetString(), body.GetProperty("choices").GetArrayLength()));
        Assert.Equal(body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32() + 3, body.GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    /// <summary>Any text survives an event.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("Hello, world")]
    [InlineData(" \"quoted\" and \\backslashed\\ ")]
    [InlineData("line\nbreaks\r\ttabs")]
    [InlineData("\0\u0001\u001f\u007f")]
    [InlineData("unicode é 日本語 🚀 \U0001d549\U0010ffff")]
    public async Task AnyText_SurvivesAnEvent(string text)
    {
        var events = await server.Says(text).StreamAsync(ScriptedServer.Completions, """{"prompt":"x","stream":true,"max_tokens":100}""");
        Assert.Equal(text, events.Text());
        Assert.All(events.Choices, choice => Assert.Equal(["index", "text", "logprobs", "finish_reason"], choice.EnumerateObject().Select(p => p.Name).Take(4)));
        Assert.All(events.All, e => Assert.Equal(JsonValueKind.String, e.GetProperty("id").ValueKind));
    }
}
