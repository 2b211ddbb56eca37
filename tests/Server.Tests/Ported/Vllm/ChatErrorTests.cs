using KernelDsl.Runtime.Engine;
using KernelDsl.Testing;

namespace Kdsl.Tests.Ported.Vllm;

/// <summary>vLLM's tests/entrypoints/openai/chat_completion/test_chat_error.py; images, sounds and films are refused here by name (ErrorTests).</summary>
public class ChatErrorTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    static Script Failing(string text) =>
        new(ByteModel.Tokens(text)) { Failure = new GenerationException(GenerationError.StepFailed, "Internal server error") };

    [Fact]
    public async Task EngineError_Whole_Is500()
    {
        server.Script = _ => Failing("");
        var (status, body) = await server.Http.PostAsync(ScriptedServer.Chat, ScriptedServer.Message("\"max_tokens\":10"));
        Assert.Equal((500, "server_error"), (status, body.GetProperty("error").GetProperty("type").GetString()));
    }

    [Fact]
    public async Task EngineError_MidStream_IsAnEventBeforeTheEndMark()
    {
        server.Script = _ => Failing("Hello");
        var events = await server.ChatStreamAsync("\"max_tokens\":10");
        Assert.Equal("Hello", events.Joined("content"));
        Assert.Equal("Internal server error", events.All[^1].GetProperty("error").GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("\"You are a helpful assistant.\"")]
    [InlineData("[{\"type\":\"text\",\"text\":\"You are a helpful assistant.\"}]")]
    public async Task SystemMessage_MayBeText(string content)
    {
        await server.Says("ok").PostAsync(ScriptedServer.Chat, $$"""{"messages":[{"role":"system","content":{{content}}},{"role":"user","content":"x"}]}""");
        Assert.StartsWith("[system You are a helpful assistant.]", PromptText.Of(server.Last), StringComparison.Ordinal);
    }

    [Fact]
    public async Task JsonSchemaFormat_WithoutASchema_Is400()
    {
        var error = await server.RefusedAsync(ScriptedServer.Chat, ScriptedServer.Message("\"response_format\":{\"type\":\"json_schema\"}"));
        Assert.Equal("response_format.json_schema", error.GetProperty("param").GetString());
    }
}
