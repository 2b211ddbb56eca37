using System.Text;
using System.Text.Json;
using KernelDsl.Testing;

namespace Kdsl.Tests;

public class CompletionTests
{
    const string Path = "/v1/completions";

    [Theory]
    [InlineData("\"ab\"", "ab")]
    [InlineData("[\"ab\",\"c\"]", "ab|c")]
    [InlineData("[97,98]", "ab")]
    [InlineData("[[97,98],[99]]", "ab|c")]
    [InlineData("[\"ab\",[99]]", "ab|c")]
    public async Task Prompt_InEveryForm_ReachesTheEngine(string prompt, string expected)
    {
        await using var server = await RunningServer.StartAsync("x");
        var (status, body) = await server.PostAsync(Path, $$"""{"prompt":{{prompt}}}""");
        Assert.Equal(200, status);
        Assert.Equal(expected, string.Join('|', server.Engine.Requests.Select(r => Encoding.UTF8.GetString([.. r.Prompt.ToArray().Select(id => (byte)id)]))));
        Assert.All(server.Engine.Requests, r => Assert.Equal(16, r.MaxTokens));
        Assert.Equal(expected.Split('|').Length, body.GetProperty("choices").GetArrayLength());
    }

    [Fact]
    public async Task Answer_HasTheApisShape()
    {
        await using var server = await RunningServer.StartAsync("fine");
        var (_, body) = await server.PostAsync(Path, """{"prompt":"abc"}""");
        Assert.StartsWith("cmpl-", body.GetProperty("id").GetString());
        Assert.Equal("text_completion", body.GetProperty("object").GetString());
        Assert.Equal("""[{"index":0,"text":"fine","logprobs":null,"finish_reason":"stop","matched_stop":256}]""", body.GetProperty("choices").GetRawText());
        Assert.Equal("""{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}""", body.GetProperty("usage").GetRawText());
    }

    [Fact]
    public async Task Choices_OfSeveralPrompts_AreNumberedPromptByPrompt()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(r => new Script(ByteModel.Answer($"<{(char)r.Prompt.Span[0]}{r.Sampling.Seed}>"))));
        var (_, body) = await server.PostAsync(Path, """{"prompt":["a","b"],"n":2,"seed":0,"echo":true}""");
        Assert.Equal(["a<a0>", "a<a1>", "b<b0>", "b<b1>"], body.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()));
        Assert.Equal([0, 1, 2, 3], body.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("index").GetInt32()));
        Assert.Equal(2, body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task EchoWithLogProbs_ScoresPromptAndAnswer()
    {
        await using var server = await RunningServer.StartAsync("é!");
        var (_, body) = await server.PostAsync(Path, """{"prompt":"ñ","echo":true,"logprobs":1}""");
        var choice = body.GetProperty("choices")[0];
        var scores = choice.GetProperty("logprobs");
        Assert.Equal("ñé!", choice.GetProperty("text").GetString());
        Assert.Equal("""["bytes:\\xc3","bytes:\\xb1","bytes:\\xc3","bytes:\\xa9","!"]""", scores.GetProperty("tokens").GetRawText());
        Assert.Equal("[0,0,1,1,2]", scores.GetProperty("text_offset").GetRawText());
        Assert.Equal(JsonValueKind.Null, scores.GetProperty("token_logprobs")[0].ValueKind);
        Assert.Equal(JsonValueKind.Null, scores.GetProperty("top_logprobs")[0].ValueKind);
        Assert.Equal(MathF.Log(0.5f), scores.GetProperty("token_logprobs")[1].GetSingle());
        Assert.Equal(MathF.Log(0.5f), scores.GetProperty("top_logprobs")[4].GetProperty("!").GetSingle());
    }

    [Fact]
    public async Task EchoWithoutTokens_ScoresThePromptAlone()
    {
        await using var server = await RunningServer.StartAsync("unseen");
        var (_, body) = await server.PostAsync(Path, """{"prompt":"abc","echo":true,"logprobs":0,"max_tokens":0}""");
        var choice = body.GetProperty("choices")[0];
        Assert.Equal("abc", choice.GetProperty("text").GetString());
        Assert.Equal(3, choice.GetProperty("logprobs").GetProperty("token_logprobs").GetArrayLength());
        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(0, body.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Stream_OfAnEchoedPrompt_HasTheTextAndOffsetsOfTheWholeAnswer()
    {
        await using var server = await RunningServer.StartAsync("né STOP");
        const string body = """{"prompt":"ab","echo":true,"logprobs":1,"stop":["STOP"] """;
        var events = await server.StreamAsync(Path, body + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        var (_, whole) = await server.PostAsync(Path, body + "}");

        Assert.Equal("[DONE]", events[^1]);
        var parsed = events.SkipLast(1).Select(e => JsonDocument.Parse(e).RootElement).ToArray();
        Assert.Equal(whole.GetProperty("usage").GetRawText(), parsed[^1].GetProperty("usage").GetRawText());
        var choices = parsed.SkipLast(1).Select(e => e.GetProperty("choices")[0]).ToArray();
        Assert.Equal("abné ", string.Concat(choices.Select(c => c.GetProperty("text").GetString())));
        foreach (var list in (string[])["tokens", "text_offset", "token_logprobs", "top_logprobs"])
        {
            Assert.Equal(
                whole.GetProperty("choices")[0].GetProperty("logprobs").GetProperty(list).EnumerateArray().Select(v => v.GetRawText()),
                choices.SelectMany(c => c.GetProperty("logprobs").GetProperty(list).EnumerateArray()).Select(v => v.GetRawText()));
        }
    }
}
