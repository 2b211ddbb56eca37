using KernelDsl.Runtime.Engine;
using KernelDsl.Testing;
using Kdsl.Tests.Reliability;

namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>The cases of llama.cpp's tools/server/tests/unit/test_speculative.py. Its drafts are another model's, these are guessed from the text; neither may change an answer.</summary>
public class SpeculativeTests
{
    const string Life = "I believe the meaning of life is", Repeats = "abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc";

    /// <summary>Every step takes as long as any other, so that guesses are made whatever the machine does.</summary>
    sealed class EvenClock : TimeProvider
    {
        long _now;

        public override long GetTimestamp() => Interlocked.Increment(ref _now);
    }

    /// <summary>A text that goes in circles now and then.</summary>
    static Task<RunningServer> StartAsync(int maxDraft, int slots = 4) =>
        RunningServer.StartAsync(new Engine(new HashModel(LiveServer.Limits with { MaxSequences = slots }) { Habit = 8 }, maxDraft, new EvenClock()));

    [Theory]
    [InlineData(Life, "\"temperature\":0.2,\"top_k\":5,\"seed\":4242,\"max_tokens\":300")]
    [InlineData(Repeats, "\"temperature\":0.2,\"top_k\":5,\"seed\":4242,\"max_tokens\":300")]
    [InlineData(Repeats, "\"temperature\":0,\"max_tokens\":300")]
    public async Task Guesses_AreMadeAndChangeNothing(string prompt, string more)
    {
        await using var plain = await StartAsync(maxDraft: 0);
        string expected = await TextAsync(plain, prompt, more);
        Assert.Equal(0, await DraftedAsync(plain));
        foreach (int most in (int[])[2, 4, 8, 12, 16])
        {
            await using var guessing = await StartAsync(most);
            Assert.Equal(expected, await TextAsync(guessing, prompt, more));
            Assert.True(await DraftedAsync(guessing) > 0);
        }
    }

    [Fact]
    public async Task Guesses_AtTheContextsEnd_StayWithinIt()
    {
        await using var server = await StartAsync(maxDraft: 8);
        string prompt = string.Concat(Enumerable.Repeat("Hello ", 80));
        var (status, body) = await server.PostAsync("/v1/completions", Body(prompt, "\"temperature\":0,\"max_tokens\":1000"));
        Assert.Equal((200, LiveServer.Limits.ContextLength - prompt.Length), (status, body.GetProperty("usage").GetProperty("completion_tokens").GetInt32()));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    public async Task Guesses_ForSeveralAtOnce_ChangeNothing(int slots, int requests)
    {
        await using var plain = await StartAsync(maxDraft: 0);
        await using var guessing = await StartAsync(maxDraft: 8, slots);
        const string more = "\"temperature\":0,\"max_tokens\":200";
        string expected = await TextAsync(plain, Life, more);
        Assert.All(await Task.WhenAll(Enumerable.Range(0, requests).Select(_ => TextAsync(guessing, Life, more))), text => Assert.Equal(expected, text));
    }

    static string Body(string prompt, string more) => $$"""{"prompt":"{{prompt}}",{{more}}}""";

    static async Task<string> TextAsync(RunningServer server, string prompt, string more)
    {
        var (status, body) = await server.PostAsync("/v1/completions", Body(prompt, more));
        Assert.Equal(200, status);
        return body.GetProperty("choices")[0].GetProperty("text").GetString()!;
    }

    static async Task<double> DraftedAsync(RunningServer server) => (await server.Client.GetStringAsync("/metrics")).Split('\n')
        .Where(line => line.StartsWith("llamacpp:spec_decode_num_draft_tokens_total{", StringComparison.Ordinal)).Select(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..])).Single();
}
