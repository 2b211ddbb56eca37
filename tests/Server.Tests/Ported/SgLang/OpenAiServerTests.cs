using System.Text.Json;

namespace Kdsl.Tests.Ported.SgLang;

/// <summary>SGLang's test/registered/openai_server/basic/test_openai_server.py: every combination that its loops go through, a row each.</summary>
public class OpenAiServerTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    const string Prompt = "The capital of France is";

    /// <summary>Stream, echo, log probabilities, a list of prompts, n, token ids.</summary>
    public static TheoryData<bool, bool, int?, bool, int, bool> Completions
    {
        get
        {
            var data = new TheoryData<bool, bool, int?, bool, int, bool>();
            for (int bits = 0; bits < 64; bits++)
                data.Add((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0 ? 5 : null, (bits & 8) != 0, (bits & 16) != 0 ? 2 : 1, (bits & 32) != 0);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Completions))]
    public async Task Completion(bool stream, bool echo, int? logprobs, bool list, int n, bool ids)
    {
        string prompt = ids ? $"[{string.Join(',', ByteModel.Tokens(Prompt))}]" : $"\"{Prompt}\"";
        int prompts = list ? 2 : 1;
        string body = $$"""
            {"prompt":{{(list ? $"[{prompt},{prompt}]" : prompt)}},"temperature":0,"max_tokens":32,"echo":{{(echo ? "true" : "false")}},"logprobs":{{logprobs?.ToString() ?? "null"}},"n":{{n}}
            """;
        server.Says(" Paris.");
        JsonElement usage;
        IReadOnlyList<JsonElement>[] choices;
        if (stream)
        {
            var events = await server.StreamAsync(ScriptedServer.Completions, body + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
            usage = events.All[^1].GetProperty("usage");
            choices = [.. Enumerable.Range(0, prompts * n).Select(i => (IReadOnlyList<JsonElement>)[.. events.Choices.Where(c => c.GetProperty("index").GetInt32() == i)])];
        }
        else
        {
            var whole = await server.PostAsync(ScriptedServer.Completions, body + "}");
            Assert.StartsWith("cmpl-", whole.GetProperty("id").GetString(), StringComparison.Ordinal);
            Assert.True(whole.GetProperty("created").GetInt64() > 0);
            usage = whole.GetProperty("usage");
            choices = [.. whole.GetProperty("choices").EnumerateArray().Select(c => (IReadOnlyList<JsonElement>)[c])];
        }

        Assert.Equal(prompts * n, choices.Length);
        Assert.Equal((Prompt.Length * prompts, 8 * prompts * n), (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32()));
        foreach (var choice in choices)
        {
            Assert.Equal((echo ? Prompt : "") + " Paris.", string.Concat(choice.Select(c => c.GetProperty("text").GetString())));
            if (logprobs is null)
                continue;
            var tokens = choice.SelectMany(c => c.GetProperty("logprobs").GetProperty("tokens").EnumerateArray()).ToArray();
            var tops = choice.SelectMany(c => c.GetProperty("logprobs").GetProperty("top_logprobs").EnumerateArray()).ToArray();
            Assert.Equal((echo ? Prompt.Length : 0) + 7, tokens.Length);
            Assert.All(tops.Skip(echo ? 1 : 0), top => Assert.InRange(top.EnumerateObject().Count(), 1, logprobs.Value + 1));
        }
    }

    /// <summary>Log probabilities, n, stream.</summary>
    [Theory]
    [InlineData(null, 1, false)]
    [InlineData(null, 2, false)]
    [InlineData(5, 1, false)]
    [InlineData(5, 2, false)]
    [InlineData(null, 1, true)]
    [InlineData(null, 2, true)]
    [InlineData(5, 1, true)]
    [InlineData(5, 2, true)]
    public async Task ChatCompletion(int? logprobs, int n, bool stream)
    {
        string fields = $"\"temperature\":0,\"n\":{n}" + (logprobs is { } top ? $",\"logprobs\":true,\"top_logprobs\":{top}" : "");
        server.Says("Paris.");
        if (!stream)
        {
            var choices = (await server.ChatAsync(fields)).GetProperty("choices");
            Assert.Equal(n, choices.GetArrayLength());
            Assert.All(choices.EnumerateArray(), c => Check(c, c.GetProperty("message").GetProperty("content").GetString()!));
            return;
        }

        var events = await server.ChatStreamAsync(fields + ",\"stream_options\":{\"include_usage\":true}");
        for (int i = 0; i < n; i++)
        {
            var own = events.Choices.Where(c => c.GetProperty("index").GetInt32() == i).ToArray();
            Assert.Equal("assistant", own[0].GetProperty("delta").GetProperty("role").GetString());
            Assert.Equal(("Paris.", "stop"), (events.Joined("content", i), events.Finish(i)));
            Assert.All(own[1..^1], c => Check(c, c.GetProperty("delta").GetProperty("content").GetString()!));
        }

        void Check(JsonElement choice, string text)
        {
            if (logprobs is not null)
            {
                Assert.Equal(text.Length, choice.GetProperty("logprobs").GetProperty("content").GetArrayLength());
                Assert.All(choice.GetProperty("logprobs").GetProperty("content").EnumerateArray(), t => Assert.Equal(logprobs, t.GetProperty("top_logprobs").GetArrayLength()));
            }
        }
    }

    [Fact]
    public async Task Regex_BindsTheAnswer()
    {
        var choice = await server.Babbles().ChoiceAsync(""" "regex":"\\{\\n   \"name\": \"[\\w]+\",\\n   \"population\": [\\d]{1,9}\\n\\}","max_tokens":400 """);
        var city = JsonDocument.Parse(choice.GetProperty("message").GetProperty("content").GetString()!).RootElement;
        Assert.Equal((JsonValueKind.String, JsonValueKind.Number), (city.GetProperty("name").ValueKind, city.GetProperty("population").ValueKind));
    }

    [Fact]
    public async Task Penalty_ReachesTheEngine()
    {
        await server.Says("ok").ChatAsync("\"frequency_penalty\":1.0,\"max_tokens\":32");
        Assert.Equal(1f, server.Last.Sampling.FrequencyPenalty);
    }

    [Fact]
    public async Task Prefill_IsContinued()
    {
        var body = await server.Says("\"name\": \"SmartHome Mini\"}").PostAsync(ScriptedServer.Chat,
            """{"messages":[{"role":"user","content":"Extract the name"},{"role":"assistant","content":"{\n"}],"temperature":0,"continue_final_message":true}""");
        Assert.StartsWith("\"name\": \"SmartHome Mini\"", body.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(), StringComparison.Ordinal);
        Assert.EndsWith("[assistant {\n", PromptText.Of(server.Last), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_AreListedAndRetrieved()
    {
        var (_, list) = await server.Http.GetAsync("/v1/models");
        var card = Assert.Single(list.GetProperty("data").EnumerateArray());
        Assert.Equal(2048, card.GetProperty("max_model_len").GetInt32());
        var (_, one) = await server.Http.GetAsync("/v1/models/org/bytes");
        Assert.Equal(("org/bytes", "org/bytes"), (one.GetProperty("id").GetString(), one.GetProperty("root").GetString()));
        Assert.Equal(404, (await server.Http.GetAsync("/v1/models/non-existent-model")).Status);
    }
}
