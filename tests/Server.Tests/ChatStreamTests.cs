using System.Text.Json;
using KernelDsl.Runtime.Engine;
using KernelDsl.Testing;

namespace Kdsl.Tests;

public class ChatStreamTests
{
    const string Path = "/v1/chat/completions";

    [Fact]
    public async Task Stream_OfAShortAnswer_IsFramedAsTheApiDoes()
    {
        await using var server = await RunningServer.StartAsync("Hé");
        var events = await server.StreamAsync(Path, """{"messages":[{"role":"user","content":"x"}],"stream":true}""");

        var head = JsonDocument.Parse(events[0]).RootElement;
        string prefix = $$"""{"object":"chat.completion.chunk","id":"{{head.GetProperty("id").GetString()}}","created":{{head.GetProperty("created").GetInt64()}},"model":"org/bytes","system_fingerprint":"{{head.GetProperty("system_fingerprint").GetString()}}","choices":[""";
        Assert.Equal(
            [
                prefix + """{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}""",
                prefix + """{"index":0,"delta":{"content":"H"},"logprobs":null,"finish_reason":null}]}""",
                prefix + """{"index":0,"delta":{"content":"é"},"logprobs":null,"finish_reason":null}]}""",
                prefix + """{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop","matched_stop":256}]}""",
                "[DONE]",
            ], events);
    }

    [Fact]
    public async Task Stream_WithFullText_EndsWithTheWholeContent()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer("why</think>Hé")), new() { FullText = true }, opening: "<think>\n");
        var events = await server.StreamAsync(Path, """{"messages":[{"role":"user","content":"x"}],"stream":true,"n":2}""");
        var chunks = events.SkipLast(1).Select(e => JsonDocument.Parse(e).RootElement).ToArray();
        Assert.All(chunks, c => Assert.Equal(c.GetProperty("choices")[0].GetProperty("finish_reason").ValueKind is JsonValueKind.String, c.TryGetProperty("full_text", out _)));
        Assert.Equal(["Hé", "Hé"], chunks.Where(c => c.TryGetProperty("full_text", out _)).Select(c => c.GetProperty("full_text").GetString()));
    }

    [Theory]
    [InlineData("日本語🙂 e\u0301 \u200d end")]
    [InlineData("plain")]
    [InlineData("")]
    public async Task Stream_OfAnyText_HasTheTextOfTheWholeAnswer(string text)
    {
        await using var server = await RunningServer.StartAsync(text);
        var events = await server.StreamAsync(Path, """{"messages":[{"role":"user","content":"x"}],"stream":true}""");
        Assert.Equal(text, TextOf(events));
        Assert.DoesNotContain('\uFFFD', TextOf(events));
    }

    [Theory]
    [InlineData("\"STOP\"", "before ")]
    [InlineData("[\"never\",\"STOP\"]", "before ")]
    [InlineData("[\"OP\",\"ST\"]", "before ")]
    [InlineData("\"STOPP\"", "before STOP after")]
    [InlineData("\"after!\"", "before STOP after")]
    public async Task StopString_AcrossTokens_NeverLeaks(string stop, string expected)
    {
        await using var server = await RunningServer.StartAsync("before STOP after");
        string body = $$"""{"messages":[{"role":"user","content":"x"}],"stop":{{stop}}""";
        var events = await server.StreamAsync(Path, body + ",\"stream\":true}");
        var (_, whole) = await server.PostAsync(Path, body + "}");

        Assert.Equal(expected, TextOf(events));
        Assert.Equal(expected, whole.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("stop", whole.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task StopString_Found_FreesTheSequence()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(_ => new Script(ByteModel.Tokens("go STOP")) { Hangs = true }));
        await server.StreamAsync(Path, """{"messages":[{"role":"user","content":"x"}],"stop":"STOP","stream":true}""");
        Assert.Equal(0, server.Engine.Status.Running);
        Assert.Equal(1, server.Engine.Cancelled);
    }

    [Fact]
    public async Task IncludeUsage_AddsOneEventWithoutChoices()
    {
        await using var server = await RunningServer.StartAsync("four");
        var events = await server.StreamAsync(Path, """
            {"messages":[{"role":"user","content":"x"}],"stream":true,"stream_options":{"include_usage":true},"n":2}
            """);
        var usage = JsonDocument.Parse(events[^2]).RootElement;
        Assert.Equal(0, usage.GetProperty("choices").GetArrayLength());
        Assert.Equal("""{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}""", usage.GetProperty("usage").GetRawText());
        Assert.Single(events, e => e.Contains("usage", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SeveralChoices_InterleavedByTheEngine_KeepTheirTexts()
    {
        int count = 0;
        var engine = new ScriptedEngine(_ => new Script(ByteModel.Answer($"text of choice {count++}")), TimeSpan.FromMilliseconds(1));
        await using var server = await RunningServer.StartAsync(engine);
        var events = await server.StreamAsync(Path, """{"messages":[{"role":"user","content":"x"}],"stream":true,"n":4}""");
        for (int i = 0; i < 4; i++)
            Assert.Equal($"text of choice {i}", TextOf(events, i));
        Assert.Equal(4, events.Count(e => e.Contains("\"finish_reason\":\"stop\"", StringComparison.Ordinal)));
        Assert.Equal(4, events.Count(e => e.Contains("\"role\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task LogProbs_OfAStream_AreThoseOfTheWholeAnswer()
    {
        await using var server = await RunningServer.StartAsync("né STOP");
        const string body = """{"messages":[{"role":"user","content":"x"}],"logprobs":true,"top_logprobs":1,"stop":"STOP" """;
        var events = await server.StreamAsync(Path, body + ",\"stream\":true}");
        var (_, whole) = await server.PostAsync(Path, body + "}");

        var streamed = Choices(events).Select(choice => choice.GetProperty("logprobs")).Where(l => l.ValueKind == JsonValueKind.Object)
            .SelectMany(l => l.GetProperty("content").EnumerateArray()).Select(t => t.GetRawText());
        Assert.Equal(whole.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content").EnumerateArray().Select(t => t.GetRawText()), streamed);
        Assert.Equal(4, streamed.Count());
    }

    [Fact]
    public async Task Failure_AfterTheStreamBegan_IsAnErrorEvent()
    {
        var error = new GenerationException(GenerationError.LogitsNotFinite, "The logits of this sequence are not finite.");
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(_ => new Script(ByteModel.Tokens("ab")) { Failure = error }));
        var events = await server.StreamAsync(Path, """{"messages":[{"role":"user","content":"x"}],"stream":true}""");

        Assert.Equal("ab", TextOf(events.SkipLast(2)));
        Assert.Equal("""{"error":{"message":"The logits of this sequence are not finite.","type":"server_error","param":null,"code":"generation_failed"}}""",
            events[^2]);
        Assert.Equal("[DONE]", events[^1]);
    }

    static string TextOf(IEnumerable<string> events, int index = 0) => string.Concat(Choices(events)
        .Where(choice => choice.GetProperty("index").GetInt32() == index)
        .Select(choice => choice.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : ""));

    static IEnumerable<JsonElement> Choices(IEnumerable<string> events) => events.Where(e => e != "[DONE]")
        .SelectMany(e => JsonDocument.Parse(e).RootElement.GetProperty("choices").EnumerateArray());
}
