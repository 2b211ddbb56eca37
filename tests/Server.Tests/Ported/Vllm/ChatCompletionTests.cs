namespace Kdsl.Tests.Ported.Vllm;

/// <summary>vLLM's tests/entrypoints/openai/chat_completion/test_chat_completion.py.</summary>
public class ChatCompletionTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    [Fact]
    public async Task TruncationSide_SaysWhichEndOfThePromptIsCutOff()
    {
        const string more = "\"max_tokens\":1,\"temperature\":0,\"return_token_ids\":true";
        server.Says("ok");
        async Task<int[]> Ids(string fields) => [.. (await server.ChatAsync(more + fields)).GetProperty("prompt_token_ids").EnumerateArray().Select(id => id.GetInt32())];

        var full = await Ids("");
        Assert.True(full.Length > 4);
        Assert.Equal(full[..4], await Ids(",\"truncate_prompt_tokens\":4,\"truncation_side\":\"right\""));
        Assert.Equal(full[^4..], await Ids(",\"truncate_prompt_tokens\":4,\"truncation_side\":\"left\""));
        Assert.Equal(full[^4..], await Ids(",\"truncate_prompt_tokens\":4"));
        Assert.Equal(full, await Ids(",\"truncate_prompt_tokens\":-1"));
    }

    /// <summary>-1: a prompt beyond the context keeps what leaves room for the answer.</summary>
    [Fact]
    public async Task Truncation_ToTheContext_LeavesRoomForTheAnswer()
    {
        await server.Says("ok").PostAsync(ScriptedServer.Chat, ScriptedServer.Message("\"max_tokens\":100,\"truncate_prompt_tokens\":-1", new string('a', 5000)));
        Assert.Equal(2048 - 100, server.Last.Prompt.Length);
    }

    [Theory]
    [InlineData("\"truncate_prompt_tokens\":0", "truncate_prompt_tokens")]
    [InlineData("\"truncate_prompt_tokens\":-2", "truncate_prompt_tokens")]
    [InlineData("\"truncate_prompt_tokens\":4,\"truncation_side\":\"middle\"", "truncation_side")]
    [MemberData(nameof(InvalidFormats.All), MemberType = typeof(InvalidFormats))]
    public async Task Invalid_Is400_AndTheServerGoesOn(string fields, string param) =>
        Assert.Equal(param, (await server.RefusedAsync(ScriptedServer.Chat, ScriptedServer.Message(fields))).GetProperty("param").GetString());
}
