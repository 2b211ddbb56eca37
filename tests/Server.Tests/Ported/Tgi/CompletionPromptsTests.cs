using KernelDsl.Runtime.Engine;
using KernelDsl.Testing;

namespace Kdsl.Tests.Ported.Tgi;

/// <summary>TGI's integration-tests/models/test_completion_prompts.py; what its model says is scripted here, a text per prompt.</summary>
public class CompletionPromptsTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    const string Prompts = """["What is Deep Learning?","Is water wet?","What is the capital of France?","def mai"]""";

    static readonly string[] s_answers = [" A Beginn", " This is ", " Paris\nWh", "usculas_m"];

    static Script Answer(GenerationRequest request) => new(ByteModel.Answer(PromptText.Of(request)[..5] switch
    {
        "What " when request.Prompt.Length < 25 => s_answers[0] + "er's Guide",
        "Is wa" => s_answers[1] + "a question",
        "What " => s_answers[2] + "at is",
        _ => s_answers[3] + "inusculas",
    }));

    [Fact]
    public async Task SinglePrompt()
    {
        server.Script = Answer;
        var body = await server.PostAsync(ScriptedServer.Completions, """{"prompt":"What is Deep Learning?","max_tokens":9,"temperature":0}""");
        Assert.Equal(s_answers[0], Assert.Single(body.GetProperty("choices").EnumerateArray()).GetProperty("text").GetString());
    }

    [Fact]
    public async Task ManyPrompts_HaveTheirIndices()
    {
        server.Script = Answer;
        var choices = (await server.PostAsync(ScriptedServer.Completions, $$"""{"prompt":{{Prompts}},"max_tokens":9,"seed":0,"temperature":0}""")).GetProperty("choices").EnumerateArray().ToArray();
        Assert.Equal([0, 1, 2, 3], choices.Select(c => c.GetProperty("index").GetInt32()));
        Assert.Equal(s_answers, choices.Select(c => c.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task ManyPrompts_Streamed_AreToldApartByTheirIndices()
    {
        server.Script = Answer;
        var events = await server.StreamAsync(ScriptedServer.Completions, $$"""{"prompt":{{Prompts}},"max_tokens":9,"seed":0,"temperature":0,"stream":true}""");
        Assert.Equal(s_answers, Enumerable.Range(0, 4).Select(events.Text));
    }

    /// <summary>The usage comes once, in the last event, if asked for.</summary>
    [Theory]
    [InlineData("\"stream_options\":{\"include_usage\":true}", true)]
    [InlineData("\"stream_options\":{\"include_usage\":false}", false)]
    [InlineData("\"seed\":42", false)]
    public async Task ChatUsage_IsInTheLastEvent(string fields, bool usage)
    {
        var events = await server.Says("OK!").ChatStreamAsync(fields + ",\"max_tokens\":10");
        Assert.All(events.All.SkipLast(1), e => Assert.False(e.TryGetProperty("usage", out _)));
        Assert.Equal(usage, events.All[^1].TryGetProperty("usage", out _));
        Assert.Equal("OK!", events.Joined("content"));
    }
}
