namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>The case of llama.cpp's tools/server/tests/unit/test_prompt_cache_reuse.py: what is known of a conversation outlives others that use a part of it.</summary>
public class PromptCacheReuseTests
{
    const string Common = "Once upon a time in a quiet village by the sea there lived an old fisherman who every morning rowed his small wooden boat out.";

    [Fact]
    public async Task Conversation_ThatAnotherOneBeganLike_IsKnownWhole()
    {
        const string a = Common + " On this day he caught a silver fish that spoke to him and promised three wishes.",
            b = "In a bustling city far inland a young clockmaker tinkered late into the night with brass gears and tiny springs.",
            c = Common + " But the storm clouds gathered quickly that afternoon and the waves grew tall and angry.";
        await using var server = await HashServer.StartAsync(limits => limits with { MaxSequences = 1 });

        Assert.Equal(0, await CachedAsync(server, a));
        Assert.Equal(0, await CachedAsync(server, b));
        Assert.Equal(Pages(Common.Length + 1), await CachedAsync(server, c));
        Assert.Equal(Pages(a.Length), await CachedAsync(server, a + " The fisherman closed his eyes and made his first wish very carefully."));
    }

    /// <summary>Tokens of the full pages among so many.</summary>
    static int Pages(int tokens) => tokens / 16 * 16;

    static async Task<int> CachedAsync(RunningServer server, string prompt)
    {
        var (status, body) = await server.PostAsync("/v1/completions", $$"""{"prompt":"{{prompt}}","max_tokens":4,"temperature":0}""");
        Assert.Equal((200, prompt.Length), (status, body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32()));
        return body.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32();
    }
}
