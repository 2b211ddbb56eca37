using KernelDsl.Testing;

namespace Kdsl.Tests;

public class ChatTests
{
    const string Path = "/v1/chat/completions";
    const string Hello = """{"model":"org/bytes","messages":[{"role":"user","content":"Hi"}]}""";

    [Fact]
    public async Task Answer_OfAWholeText_HasTheApisShape()
    {
        await using var server = await RunningServer.StartAsync("Good day 你好 🙂");
        var (status, body) = await server.PostAsync(Path, Hello);

        Assert.Equal(200, status);
        Assert.StartsWith("chatcmpl-", body.GetProperty("id").GetString());
        Assert.Equal("chat.completion", body.GetProperty("object").GetString());
        Assert.Equal("org/bytes", body.GetProperty("model").GetString());
        Assert.InRange(body.GetProperty("created").GetInt64(), 1_700_000_000, long.MaxValue);
        var choice = Assert.Single(body.GetProperty("choices").EnumerateArray());
        Assert.Equal("""{"index":0,"message":{"role":"assistant","content":"Good day 你好 \uD83D\uDE42","refusal":null},"logprobs":null,"finish_reason":"stop","matched_stop":256}""",
            choice.GetRawText());
        Assert.Equal("Good day 你好 🙂", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("""{"prompt_tokens":20,"completion_tokens":21,"total_tokens":41,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}""", body.GetProperty("usage").GetRawText());
    }

    [Fact]
    public async Task Request_InEveryAllowedForm_BecomesThePrompt()
    {
        await using var server = await RunningServer.StartAsync("ok");
        var (status, _) = await server.PostAsync(Path, """
            {"messages":[
              {"role":"developer","content":"Be kind."},
              {"role":"user","content":[{"type":"text","text":"two "},{"type":"text","text":"parts"}]},
              {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\": 1}"}}]},
              {"role":"tool","tool_call_id":"c1","content":"42"},
              {"role":"assistant","content":null}],
             "tools":[{"type":"function","function":{"name":"f","parameters":{}}}],
             "user":"ignored","metadata":{"x":"y"},"store":false,"do_sample":true}
            """);

        Assert.Equal(200, status);
        Assert.Equal("[tool f][system Be kind.][user two parts]" +
            """[assistant  calls [{"id":"c1","type":"function","function":{"name":"f","arguments":{"a":1}}}]][tool 42][assistant ][assistant]""",
            PromptOf(server.Engine));
    }

    [Fact]
    public async Task ToolChoiceNone_HidesTools()
    {
        await using var server = await RunningServer.StartAsync("ok");
        await server.PostAsync(Path, """
            {"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none"}
            """);
        Assert.Equal("[user x][assistant]", PromptOf(server.Engine));
    }

    [Fact]
    public async Task Sampling_OfTheRequest_OverridesTheModels()
    {
        await using var server = await RunningServer.StartAsync("ok");
        await server.PostAsync(Path, Hello);
        await server.PostAsync(Path, """
            {"messages":[{"role":"user","content":"x"}],"temperature":0,"top_p":0.5,"top_k":-1,"min_p":0.1,"repetition_penalty":1.1,
             "presence_penalty":-1,"frequency_penalty":0.5,"seed":-1,"logit_bias":{"65":-100,"66":5.5},"max_tokens":7,"max_completion_tokens":9,
             "stop_token_ids":[65],"ignore_eos":true}
            """);

        var silent = server.Engine.Requests[0];
        Assert.Equal((0.6f, 20, 0.95f, null), (silent.Sampling.Temperature, silent.Sampling.TopK, silent.Sampling.TopP, silent.MaxTokens));
        var asked = server.Engine.Requests[1];
        Assert.Equal((0f, 0.5f, 0, 0.1f, 1.1f, -1f, 0.5f, ulong.MaxValue),
            (asked.Sampling.Temperature, asked.Sampling.TopP, asked.Sampling.TopK, asked.Sampling.MinP, asked.Sampling.RepetitionPenalty,
            asked.Sampling.PresencePenalty, asked.Sampling.FrequencyPenalty, asked.Sampling.Seed));
        Assert.Equal([(65, -100f), (66, 5.5f)], asked.Sampling.LogitBias!.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal(9, asked.MaxTokens);
        Assert.Equal([ByteModel.End, 65], asked.StopTokens);
        Assert.True(asked.IgnoreStop);
    }

    [Fact]
    public async Task MaxTokens_ReachedInsideACharacter_FinishesWithLength()
    {
        await using var server = await RunningServer.StartAsync("ab🙂");
        var (_, body) = await server.PostAsync(Path, """{"messages":[{"role":"user","content":"x"}],"max_tokens":4}""");
        var choice = body.GetProperty("choices")[0];
        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
        Assert.Equal("ab\uFFFD", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(4, body.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task SeveralChoices_EachHaveTheirSeedAndText()
    {
        int count = 0;
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(_ => new Script(ByteModel.Answer($"answer {count++}"))));
        var (_, body) = await server.PostAsync(Path, """{"messages":[{"role":"user","content":"x"}],"n":3,"seed":40}""");

        Assert.Equal(["answer 0", "answer 1", "answer 2"],
            body.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("message").GetProperty("content").GetString()));
        Assert.Equal([40ul, 41ul, 42ul], server.Engine.Requests.Select(r => r.Sampling.Seed));
        Assert.Equal(27, body.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(19, body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task LogProbs_ReportEveryTokenOfTheTextAndNoOther()
    {
        await using var server = await RunningServer.StartAsync("é!stop");
        var (_, body) = await server.PostAsync(Path, """
            {"messages":[{"role":"user","content":"x"}],"logprobs":true,"top_logprobs":2,"stop":"st"}
            """);
        var tokens = body.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content").EnumerateArray().ToArray();

        Assert.Equal(3, tokens.Length);
        Assert.Equal([0xC3, 0xA9, '!'], tokens.Select(t => t.GetProperty("bytes")[0].GetInt32()));
        Assert.Equal("!", tokens[2].GetProperty("token").GetString());
        Assert.Equal(MathF.Log(0.5f), tokens[2].GetProperty("logprob").GetSingle());
        Assert.Equal(["!", "\""], tokens[2].GetProperty("top_logprobs").EnumerateArray().Select(t => t.GetProperty("token").GetString()));
    }

    static string PromptOf(ScriptedEngine engine) =>
        System.Text.Encoding.UTF8.GetString([.. Assert.Single(engine.Requests).Prompt.ToArray().Select(id => (byte)id)]);

}
