namespace Kdsl.Tests.Ported.Vllm;

/// <summary>vLLM's tests/entrypoints/openai/chat_completion/test_chat_echo.py: an answer that goes on where the last message ends.</summary>
public class ChatEchoTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    const string Saying = "Here is a common saying about apple. An apple a day, keeps";

    static string Body(string more) => $$"""
        {"messages":[{"role":"user","content":"tell me a common saying"},{"role":"assistant","content":"{{Saying}}"}],"continue_final_message":true,"add_generation_prompt":false{{more}}}
        """;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answer_GoesOn_WithOrWithoutTheMessage(bool echo)
    {
        string body = Body($",\"echo\":{(echo ? "true" : "false")}");
        string expected = (echo ? Saying : "") + " the doctor away.";
        var choice = (await server.Says(" the doctor away.").PostAsync(ScriptedServer.Chat, body)).GetProperty("choices")[0];
        Assert.Equal(("stop", "assistant", expected),
            (choice.GetProperty("finish_reason").GetString(), choice.GetProperty("message").GetProperty("role").GetString(), choice.GetProperty("message").GetProperty("content").GetString()));
        Assert.Equal($"[user tell me a common saying][assistant {Saying}", PromptText.Of(server.Last));

        Assert.Equal(expected, (await server.StreamAsync(ScriptedServer.Chat, body[..^1].TrimEnd('}') + ",\"stream\":true}")).Joined("content"));
    }

    /// <summary>A user's words are never echoed.</summary>
    [Fact]
    public async Task Echo_WithoutAContinuation_IsNothing() =>
        Assert.Equal("ok", (await server.Says("ok").ChoiceAsync("\"echo\":true")).GetProperty("message").GetProperty("content").GetString());

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"continue_final_message":true}""", "continue_final_message")]
    [InlineData("""{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}],"continue_final_message":true,"add_generation_prompt":true}""", "continue_final_message")]
    public async Task Continuation_OfNothing_Is400(string body, string param) =>
        Assert.Equal(param, (await server.RefusedAsync(ScriptedServer.Chat, body)).GetProperty("param").GetString());
}
