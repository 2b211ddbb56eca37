using System.Text.Json;

namespace Kdsl.Tests.Ported.Vllm;

/// <summary>
/// vLLM's tests/entrypoints/openai/completion/test_completion.py, test_completion_error.py, test_prompt_validation.py, test_empty_prompt_list.py and test_completion_logprobs.py.
/// </summary>
public class CompletionTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    const string Zeros = "[48,48,48,48,48]";

    [Fact]
    public async Task Single_CountsItsTokens()
    {
        var body = await server.Says("Alice, and I").PostAsync(ScriptedServer.Completions, """{"prompt":"Hello, my name is","max_tokens":5,"temperature":0}""");
        var choice = Assert.Single(body.GetProperty("choices").EnumerateArray());
        Assert.Equal(("Alice", "length"), (choice.GetProperty("text").GetString(), choice.GetProperty("finish_reason").GetString()));
        var usage = body.GetProperty("usage");
        Assert.Equal((17, 5, 22, 0), (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32(),
            usage.GetProperty("total_tokens").GetInt32(), usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32()));

        body = await server.PostAsync(ScriptedServer.Completions, $$"""{"prompt":{{Zeros}},"max_tokens":5,"temperature":0}""");
        Assert.Equal(5, body.GetProperty("choices")[0].GetProperty("text").GetString()!.Length);
    }

    [Theory]
    [InlineData("right", "0123")]
    [InlineData("left", "4567")]
    public async Task TruncationSide_SaysWhichEndOfThePromptIsCutOff(string side, string kept)
    {
        var choice = (await server.Says("x").PostAsync(ScriptedServer.Completions,
            $$"""{"prompt":[48,49,50,51,52,53,54,55],"max_tokens":1,"return_token_ids":true,"truncate_prompt_tokens":4,"truncation_side":"{{side}}"}""")).GetProperty("choices")[0];
        Assert.Equal(kept.Select(c => (int)c), choice.GetProperty("prompt_token_ids").EnumerateArray().Select(id => id.GetInt32()));
        Assert.Equal(kept, PromptText.Of(server.Last));
    }

    /// <summary>The chosen token always has its score, besides the most likely ones.</summary>
    [Theory]
    [InlineData("null", null, null)]
    [InlineData("0", 1, 1)]
    [InlineData("5", 5, 6)]
    public async Task LogProbs_AsManyAsAskedFor_AndTheChosenOne(string asked, int? least, int? most)
    {
        var scores = (await server.Says("hello").PostAsync(ScriptedServer.Completions, $$"""{"prompt":{{Zeros}},"max_tokens":5,"logprobs":{{asked}}}""")).GetProperty("choices")[0].GetProperty("logprobs");
        if (least is null)
        {
            Assert.Equal(JsonValueKind.Null, scores.ValueKind);
            return;
        }

        Assert.Equal(5, scores.GetProperty("token_logprobs").GetArrayLength());
        Assert.All(scores.GetProperty("top_logprobs").EnumerateArray(), top => Assert.InRange(top.EnumerateObject().Count(), least.Value, most!.Value));
        Assert.True(scores.GetProperty("top_logprobs")[0].TryGetProperty("h", out _));
    }

    [Fact]
    public async Task Stream_IsTheWholeInPieces()
    {
        const string body = """{"prompt":"What is an LLM?","max_tokens":5,"temperature":0""";
        var whole = await server.Says("A model").PostAsync(ScriptedServer.Completions, body + "}");
        var events = await server.StreamAsync(ScriptedServer.Completions, body + ",\"stream\":true}");
        Assert.Equal((whole.GetProperty("choices")[0].GetProperty("text").GetString(), "length"), (events.Text(), events.Finish()));
        Assert.NotEqual("", events.Choices.Last().GetProperty("text").GetString());
    }

    /// <summary>Three samples of one prompt, which end at different times; streamed they are told apart by their index.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Parallel_SamplesEndOnTheirOwn(bool stream)
    {
        server.Script = request => new KernelDsl.Testing.Script(ByteModel.Answer(new string((char)('a' + request.Sampling.Seed!.Value - 42), 3 * (int)(request.Sampling.Seed.Value - 41))));
        string body = $$"""{"prompt":"What is an LLM?","max_tokens":50,"n":3,"temperature":1,"seed":42,"stream":{{(stream ? "true" : "false")}}}""";
        string[] texts;
        if (stream)
        {
            var events = await server.StreamAsync(ScriptedServer.Completions, body);
            texts = [.. Enumerable.Range(0, 3).Select(events.Text)];
            Assert.All(Enumerable.Range(0, 3), i => Assert.Equal("stop", events.Finish(i)));
        }
        else
            texts = [.. (await server.PostAsync(ScriptedServer.Completions, body)).GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()!)];
        Assert.Equal(["aaa", "bbbbbb", "ccccccccc"], texts);
    }

    [Theory]
    [InlineData("{\"include_usage\":false,\"continuous_usage_stats\":false}", false, false)]
    [InlineData("{\"include_usage\":false,\"continuous_usage_stats\":true}", false, false)]
    [InlineData("{\"include_usage\":true,\"continuous_usage_stats\":false}", true, false)]
    [InlineData("{\"include_usage\":true,\"continuous_usage_stats\":true}", true, true)]
    [InlineData("{}", false, false)]
    public async Task StreamOptions_SayWhereTheUsageIs(string options, bool last, bool every)
    {
        var events = (await server.Says("Paris").StreamAsync(ScriptedServer.Completions, $$"""{"prompt":"x","max_tokens":5,"stream":true,"stream_options":{{options}}}""")).All;
        Assert.All(last ? events.SkipLast(1) : events, e => Assert.Equal(every, e.TryGetProperty("usage", out _)));
        if (last)
            Assert.Equal((0, 5), (events[^1].GetProperty("choices").GetArrayLength(), events[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32()));
    }

    [Theory]
    [InlineData("[\"Hello, my name is\",\"Hello, my name is\"]")]
    [InlineData($"[{Zeros},{Zeros}]")]
    public async Task Batch_AnswersEachPrompt(string prompts)
    {
        var batch = (await server.Says("Bob.").PostAsync(ScriptedServer.Completions, $$"""{"prompt":{{prompts}},"max_tokens":5}""")).GetProperty("choices");
        Assert.Equal(["Bob.", "Bob."], batch.EnumerateArray().Select(c => c.GetProperty("text").GetString()));
        Assert.Equal(4, (await server.PostAsync(ScriptedServer.Completions, $$"""{"prompt":{{prompts}},"n":2,"max_tokens":5}""")).GetProperty("choices").GetArrayLength());

        var events = await server.StreamAsync(ScriptedServer.Completions, $$"""{"prompt":{{prompts}},"max_tokens":5,"stream":true}""");
        Assert.Equal(("Bob.", "Bob."), (events.Text(0), events.Text(1)));
        Assert.All(events.All, e => Assert.Equal(1, e.GetProperty("choices").GetArrayLength()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Echo_WithLogProbs_ScoresThePromptToo(int logprobs)
    {
        foreach (string prompt in (string[])["\"00000\"", Zeros])
        {
            var choice = (await server.Says("abc").PostAsync(ScriptedServer.Completions, $$"""{"prompt":{{prompt}},"max_tokens":5,"echo":true,"logprobs":{{logprobs}}}""")).GetProperty("choices")[0];
            Assert.StartsWith("00000", choice.GetProperty("text").GetString(), StringComparison.Ordinal);
            var scores = choice.GetProperty("logprobs");
            Assert.Equal(8, scores.GetProperty("tokens").GetArrayLength());
            Assert.Equal(8, scores.GetProperty("text_offset").GetArrayLength());
            Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (scores.GetProperty("token_logprobs")[0].ValueKind, scores.GetProperty("top_logprobs")[0].ValueKind));
            Assert.All(scores.GetProperty("top_logprobs").EnumerateArray().Skip(1), top => Assert.InRange(top.EnumerateObject().Count(), Math.Max(logprobs, 1), logprobs + 1));
        }
    }

    [Theory]
    [InlineData("\"prompt\":\"x\",\"logprobs\":21", "logprobs")]
    [InlineData("\"prompt\":\"x\",\"logprobs\":30,\"stream\":true", "logprobs")]
    [InlineData("\"prompt\":\"x\",\"stream_options\":{\"include_usage\":null}", "stream_options")]
    [InlineData("\"prompt\":\"x\",\"stream_options\":{\"include_usage\":true}", "stream_options")]
    [InlineData("\"prompt\":\"x\",\"stream_options\":{\"continuous_usage_stats\":null}", "stream_options")]
    [InlineData("\"prompt\":\"x\",\"stream_options\":{\"continuous_usage_stats\":true}", "stream_options")]
    // test_completion_error.py
    [InlineData("\"prompt\":\"x\",\"response_format\":{\"type\":\"json_schema\"}", "response_format.json_schema")]
    [InlineData("\"prompt\":[[-1]]", "prompt")]
    [InlineData("\"prompt\":[-1]", "prompt")]
    // test_prompt_validation.py
    [InlineData("\"prompt\":null,\"prompt_embeds\":[]", "prompt")]
    [InlineData("\"prompt\":[999999]", "prompt")]
    // test_empty_prompt_list.py
    [InlineData("\"prompt\":[]", "prompt")]
    public async Task Invalid_Is400_AndTheServerGoesOn(string fields, string param) =>
        Assert.Equal(param, (await server.RefusedAsync(ScriptedServer.Completions, $"{{{fields}}}")).GetProperty("param").GetString());

    [Theory]
    [MemberData(nameof(InvalidFormats.All), MemberType = typeof(InvalidFormats))]
    public async Task InvalidFormat_Is400_AndTheServerGoesOn(string fields, string param) =>
        Assert.Equal(param, (await server.RefusedAsync(ScriptedServer.Completions, $"{{\"prompt\":\"x\",{fields}}}")).GetProperty("param").GetString());

    [Fact]
    public async Task OnePromptInAList_IsAccepted()
    {
        await server.Says("ok").PostAsync(ScriptedServer.Completions, """{"prompt":["hello"]}""");
        Assert.Equal("hello", PromptText.Of(server.Last));
    }

    [Fact]
    public async Task EngineError_MidStream_IsAnEventBeforeTheEndMark()
    {
        server.Script = _ => new KernelDsl.Testing.Script(ByteModel.Tokens("Hello")) { Failure = new InvalidOperationException("boom") };
        var events = await server.StreamAsync(ScriptedServer.Completions, """{"prompt":"x","stream":true}""");
        Assert.Equal("Hello", events.Text());
        // What nobody foresaw is told without its details.
        Assert.Equal("internal_error", events.All[^1].GetProperty("error").GetProperty("code").GetString());

        var (status, body) = await server.Http.PostAsync(ScriptedServer.Completions, """{"prompt":"x"}""");
        Assert.Equal((500, "server_error"), (status, body.GetProperty("error").GetProperty("type").GetString()));
    }

    /// <summary>test_completion_text_offset.py: text that is held back for a stop string shifts no offset.</summary>
    [Fact]
    public async Task TextOffsets_OfAStream_AreThoseOfTheWhole()
    {
        const string body = """{"prompt":"Hi","max_tokens":30,"logprobs":0,"stop":["de!!","\n\n"]""";
        var whole = (await server.Says("abc de!").PostAsync(ScriptedServer.Completions, body + "}")).GetProperty("choices")[0].GetProperty("logprobs").GetProperty("text_offset");
        var streamed = (await server.StreamAsync(ScriptedServer.Completions, body + ",\"stream\":true}")).Choices.SelectMany(c => c.GetProperty("logprobs").GetProperty("text_offset").EnumerateArray());
        Assert.Equal("[0,1,2,3,4,5,6]", whole.GetRawText());
        Assert.Equal(Enumerable.Range(0, 7), streamed.Select(o => o.GetInt32()));
    }
}
