using System.Text.Json;

namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>The cases of llama.cpp's tools/server/tests/unit/test_ctx_shift.py with shifting off; there is none here.</summary>
public class ContextShiftTests : IAsyncLifetime
{
    const string Path = "/v1/completions";

    const int Context = 256;

    RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await HashServer.StartAsync(limits => limits with { ContextLength = Context, MaxSequences = 2 });

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData(64, 64)]
    [InlineData(100_000, Context - 14)]
    public async Task ShortPrompt_EndsAtItsLimitOrAtTheContext(int asked, int generated)
    {
        var (status, body) = await _server.PostAsync(Path, $$"""{"prompt":"Hi how are you","max_tokens":{{asked}}}""");
        Assert.Equal((200, "length", generated), (status, body.GetProperty("choices")[0].GetProperty("finish_reason").GetString(), body.GetProperty("usage").GetProperty("completion_tokens").GetInt32()));
    }

    [Fact]
    public async Task LongPrompt_IsRefusedWithBothLengths()
    {
        string prompt = string.Concat(Enumerable.Repeat("Lorem ipsum dolor sit amet. ", 20));
        var (status, body) = await _server.PostAsync(Path, $$"""{"prompt":"{{prompt}}","max_tokens":64}""");
        Assert.Equal(400, status);
        Assert.Contains($"maximum context length is {Context} tokens, and the prompt alone has {prompt.Length}", body.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_GoesToTheContextsEnd()
    {
        var events = await _server.StreamAsync(Path, """{"prompt":"Once","max_tokens":256,"stream":true,"stream_options":{"include_usage":true}}""");
        var parsed = events.SkipLast(1).Select(e => JsonDocument.Parse(e).RootElement).ToArray();
        var choices = parsed.SkipLast(1).Select(e => e.GetProperty("choices")[0]).ToArray();
        Assert.NotEmpty(string.Concat(choices.Select(c => c.GetProperty("text").GetString())));
        Assert.Equal(["length"], choices.Select(c => c.GetProperty("finish_reason").GetString()).OfType<string>());
        Assert.Equal(Context - "Once".Length, parsed[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }
}
