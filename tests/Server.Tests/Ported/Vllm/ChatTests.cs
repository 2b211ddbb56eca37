using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kdsl.Tests.Ported.Vllm;

/// <summary>vLLM's tests/entrypoints/openai/chat_completion/test_chat.py: what holds of any model; its adapters are not here.</summary>
public class ChatTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    const string Conversation = """{"messages":[{"role":"system","content":"you are a helpful assistant"},{"role":"user","content":"what is 1+1?"}]""";

    [Theory]
    [InlineData("\"logprobs\":false", null)]
    [InlineData("\"logprobs\":true,\"top_logprobs\":0", 0)]
    [InlineData("\"logprobs\":true,\"top_logprobs\":5", 5)]
    public async Task LogProbs_AsManyAsAskedFor(string fields, int? top)
    {
        var scores = (await server.Says("two").ChoiceAsync(fields + ",\"max_completion_tokens\":5")).GetProperty("logprobs");
        if (top is null)
            Assert.Equal(JsonValueKind.Null, scores.ValueKind);
        else
            Assert.All(scores.GetProperty("content").EnumerateArray(), token => Assert.Equal(top, token.GetProperty("top_logprobs").GetArrayLength()));
    }

    [Theory]
    [InlineData("\"logprobs\":true,\"top_logprobs\":21,\"stream\":true", "top_logprobs")]
    [InlineData("\"logprobs\":true,\"top_logprobs\":30", "top_logprobs")]
    [InlineData("\"structured_outputs\":{\"regex\":{\"1\":\"Python\",\"2\":\"C++\"}}", "structured_outputs.regex")]
    [InlineData("\"seed\":-9223372036854775809", "seed")]
    [InlineData("\"seed\":9223372036854775808", "seed")]
    [InlineData("\"stream\":false,\"stream_options\":{\"include_usage\":null}", "stream_options")]
    [InlineData("\"stream\":false,\"stream_options\":{\"include_usage\":true}", "stream_options")]
    public async Task Invalid_Is400_AndTheServerGoesOn(string fields, string param) =>
        Assert.Equal(param, (await server.RefusedAsync(ScriptedServer.Chat, ScriptedServer.Message(fields))).GetProperty("param").GetString());

    [Fact]
    public async Task Session_OfTwoTurns()
    {
        var first = await server.Says("It is two, of course.").PostAsync(ScriptedServer.Chat, Conversation + ",\"max_completion_tokens\":5,\"logprobs\":true,\"top_logprobs\":5}");
        var choice = Assert.Single(first.GetProperty("choices").EnumerateArray());
        Assert.Equal(("length", "assistant", "It is"),
            (choice.GetProperty("finish_reason").GetString(), choice.GetProperty("message").GetProperty("role").GetString(), choice.GetProperty("message").GetProperty("content").GetString()));
        var usage = first.GetProperty("usage");
        Assert.Equal((5, server.Last.Prompt.Length, server.Last.Prompt.Length + 5),
            (usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("total_tokens").GetInt32()));

        await server.PostAsync(ScriptedServer.Chat, Conversation[..^1] + """,{"role":"assistant","content":"It is"},{"role":"user","content":"in json"}]}""");
        Assert.EndsWith("[assistant It is][user in json][assistant]", PromptText.Of(server.Last), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_IsTheWholeInPieces()
    {
        var whole = await server.Says("It is two.").ChoiceAsync("\"max_completion_tokens\":7");
        var events = await server.ChatStreamAsync("\"max_completion_tokens\":7");
        Assert.Equal(whole.GetProperty("message").GetProperty("content").GetString(), events.Joined("content"));
        Assert.Equal(whole.GetProperty("finish_reason").GetString(), events.Finish());
        Assert.All(events.Deltas, delta => Assert.True(!delta.TryGetProperty("role", out var role) || role.GetString() == "assistant"));
    }

    [Theory]
    [InlineData("{\"include_usage\":false}", false, false)]
    [InlineData("{\"include_usage\":true,\"continuous_usage_stats\":false}", true, false)]
    [InlineData("{\"include_usage\":true,\"continuous_usage_stats\":true}", true, true)]
    [InlineData("{\"include_usage\":false,\"continuous_usage_stats\":true}", false, false)]
    [InlineData("{}", false, false)]
    public async Task StreamOptions_SayWhereTheUsageIs(string options, bool last, bool every)
    {
        var events = (await server.Says("0123456789").ChatStreamAsync($"\"max_completion_tokens\":10,\"stream_options\":{options}")).All;
        if (last)
        {
            Assert.Equal(0, events[^1].GetProperty("choices").GetArrayLength());
            Assert.Equal(10, events[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        }

        int before = 0;
        foreach (var e in last ? events.SkipLast(1) : events)
        {
            Assert.Equal(every, e.TryGetProperty("usage", out var usage));
            if (!every)
                continue;
            int tokens = usage.GetProperty("completion_tokens").GetInt32();
            Assert.InRange(tokens, before, 10);
            Assert.Equal(usage.GetProperty("prompt_tokens").GetInt32() + tokens, usage.GetProperty("total_tokens").GetInt32());
            before = tokens;
        }

        Assert.Equal(every ? 10 : 0, before);
    }

    [Theory]
    [InlineData(""" "structured_outputs":{"choice":["Python","Java","C++"]},"logprobs":true,"top_logprobs":5 """, "^(Python|Java|C\\+\\+)$")]
    [InlineData(""" "structured_outputs":{"regex":"((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)\\.){3}(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)"} """, "^(\\d{1,3}\\.){3}\\d{1,3}$")]
    [InlineData(""" "response_format":{"type":"json_schema","json_schema":{"name":"foo_test","schema":{"type":"object","properties":{"result":{"type":"integer"}},"required":["result"]}}} """, "^\\s*\\{\\s*\"result\"\\s*:\\s*-?\\d+\\s*\\}\\s*$")]
    [InlineData(""" "structured_outputs":{"json":{"type":"object","properties":{"name":{"type":"string","maxLength":3},"age":{"type":"integer"}},"required":["name","age"]}} """, "^\\s*\\{\\s*\"name\"[^{}]*\"age\"")]
    [InlineData(""" "response_format":{"type":"json_object"} """, "^\\s*\\{")]
    public async Task Formats_AreKept(string format, string pattern)
    {
        for (int seed = 0; seed < 3; seed++)
        {
            var choice = await server.Babbles().ChoiceAsync($"{format},\"seed\":{seed},\"max_completion_tokens\":1500");
            Assert.Matches(new Regex(pattern), choice.GetProperty("message").GetProperty("content").GetString()!);
            if (choice.GetProperty("logprobs").ValueKind == JsonValueKind.Object)
                Assert.All(choice.GetProperty("logprobs").GetProperty("content")[0].GetProperty("top_logprobs").EnumerateArray(), top => Assert.True(top.GetProperty("logprob").GetDouble() >= -9999));
        }
    }

    [Theory]
    [InlineData("""{"role":"user","content":"what is 1+1?","extra_field":"0"}""")]
    [InlineData("""{"role":"user","content":[{"type":"text","text":"what is 1+1?"}]}""")]
    public async Task Message_WithMoreFieldsOrParts_ReadsTheSame(string message)
    {
        await server.Says("2").PostAsync(ScriptedServer.Chat, $$$"""{"messages":[{{{message}}}],"response_format":{"type":"text"}}""");
        Assert.Equal("[user what is 1+1?][assistant]", PromptText.Of(server.Last));
    }

    [Theory]
    [InlineData("\"n\":3", 3, false)]
    [InlineData("\"n\":2", 2, true)]
    [InlineData("\"n\":2,\"seed\":42", 2, false)]
    [InlineData("\"n\":1", 1, false)]
    [InlineData("\"n\":5", 5, false)]
    [InlineData("\"n\":10", 10, false)]
    [InlineData("\"temperature\":0.7", 1, false)]
    public async Task N_GivesSoManyChoices(string fields, int n, bool stream)
    {
        int count = 0;
        server.Script = _ => new KernelDsl.Testing.Script(ByteModel.Answer($"answer {count++}"));
        string[] texts = stream
            ? [.. (await server.ChatStreamAsync(fields)) is var events ? Enumerable.Range(0, n).Select(i => events.Joined("content", i)) : []]
            : [.. (await server.ChatAsync(fields)).GetProperty("choices").EnumerateArray().Select((c, i) => c.GetProperty("index").GetInt32() == i ? c.GetProperty("message").GetProperty("content").GetString()! : "misplaced")];
        Assert.Equal(Enumerable.Range(0, n).Select(i => $"answer {i}"), texts);
    }
}
