namespace Kdsl.Tests.Ported.SgLang;

/// <summary>SGLang's test/registered/openai_server/basic/test_protocol.py, by what reaches the engine and what comes back.</summary>
public class ProtocolTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    [Fact]
    public async Task Completion_HasTheDefaultsOfTheApi()
    {
        await server.Says("ok").PostAsync(ScriptedServer.Completions, """{"prompt":"Hello world"}""");
        Assert.Equal((16, "Hello world"), (server.Last.MaxTokens, PromptText.Of(server.Last)));
        // Sampling is the model's own where the request is silent, not the API's.
        Assert.Equal(0.6f, server.Last.Sampling.Temperature);
    }

    [Fact]
    public async Task Extensions_OfSampling_ReachTheEngine()
    {
        await server.Says("12").PostAsync(ScriptedServer.Completions, """{"prompt":"Hello","top_k":50,"min_p":0.1,"repetition_penalty":1.1,"regex":"\\d+"}""");
        var sampling = server.Last.Sampling;
        Assert.Equal((50, 0.1f, 1.1f), (sampling.TopK, sampling.MinP, sampling.RepetitionPenalty));
        Assert.NotNull(server.Last.Constraint);
        await server.Says("{}").PostAsync(ScriptedServer.Completions, """{"prompt":"Hello","json_schema":"{\"type\":\"object\"}"}""");
        Assert.NotNull(server.Last.Constraint);
    }

    [Fact]
    public async Task ChatSampling_ReachesTheEngine()
    {
        await server.Says("ok").ChatAsync("\"temperature\":0.8,\"max_tokens\":150,\"top_p\":0.9,\"stop\":[\"</s>\"],\"top_k\":40,\"min_p\":0.05,\"separate_reasoning\":false,\"chat_template_kwargs\":{\"custom_param\":\"value\"}");
        var sampling = server.Last.Sampling;
        Assert.Equal((0.8f, 0.9f, 40, 0.05f, 150), (sampling.Temperature, sampling.TopP, sampling.TopK, sampling.MinP, server.Last.MaxTokens));
        Assert.EndsWith("[custom_param=value]", PromptText.Of(server.Last), StringComparison.Ordinal);
    }

    /// <summary>Without tools there are no calls; with tools they are looked for.</summary>
    [Theory]
    [InlineData("", 0)]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"test_func\",\"description\":\"Test function\"}}]", 1)]
    public async Task ToolChoice_DefaultsByTools(string fields, int calls) => Assert.Equal(calls,
        Events.CallsOf((await server.Says("<tool_call>\n{\"name\": \"test_func\", \"arguments\": {}}\n</tool_call>").ChoiceAsync(fields)).GetProperty("message")).Count);

    /// <summary>A schema beside the type, and where the API has it.</summary>
    [Theory]
    [InlineData("""{"type":"json_schema","schema":{"title":"VoiceNote","type":"object","properties":{"title":{"type":"string","maxLength":3}},"required":["title"],"additionalProperties":false}}""")]
    [InlineData("""{"type":"json_schema","json_schema":{"name":"VoiceNote","strict":true,"schema":{"type":"object","properties":{"title":{"type":"string","maxLength":3}},"required":["title"],"additionalProperties":false}}}""")]
    public async Task JsonFormat_InBothPlaces(string format)
    {
        var choice = await server.Babbles().ChoiceAsync($"\"response_format\":{format}");
        Assert.Equal(["title"], System.Text.Json.JsonDocument.Parse(choice.GetProperty("message").GetProperty("content").GetString()!).RootElement.EnumerateObject().Select(p => p.Name));
    }

    [Theory]
    [InlineData(ScriptedServer.Completions, "{}", "prompt")]
    [InlineData(ScriptedServer.Completions, "{\"model\":\"org/bytes\"}", "prompt")]
    [InlineData(ScriptedServer.Completions, "{\"prompt\":\"Hello\",\"max_tokens\":-1}", "max_tokens")]
    [InlineData(ScriptedServer.Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}],\"tools\":[{\"function\":{\"name\":\"f\"}}],\"tool_choice\":123}", "tool_choice")]
    public async Task Invalid_Is400(string path, string body, string param) => Assert.Equal(param, (await server.RefusedAsync(path, body)).GetProperty("param").GetString());
}
