namespace Kdsl.Tests.Ported.Tgi;

/// <summary>
/// TGI's integration-tests/models/test_continue_final_message.py. TGI continues any last message of an assistant; here the request says so, as in vLLM and SGLang.
/// </summary>
public class ContinueFinalMessageTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    const string Start = """{"messages":[{"role":"system","content":"system message"},{"role":"user","content":"Which is bigger an elephant or a mouse?"}""";

    [Fact]
    public async Task WithoutAnAssistantsMessage_ATurnIsOpened()
    {
        await server.Says("Both").PostAsync(ScriptedServer.Chat, Start + "],\"max_tokens\":30,\"seed\":1337}");
        Assert.EndsWith("or a mouse?][assistant]", PromptText.Of(server.Last), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(",\"continue_final_message\":true", "[assistant the elephant, but have you heard about")]
    [InlineData("", "[assistant the elephant, but have you heard about][assistant]")]
    public async Task LastMessage_IsContinued_WhereTheRequestSaysSo(string more, string end)
    {
        var body = await server.Says(" the royal mouse?").PostAsync(ScriptedServer.Chat,
            Start + ",{\"role\":\"assistant\",\"content\":\"the elephant, but have you heard about\"}],\"max_tokens\":30,\"seed\":1337" + more + "}");
        Assert.EndsWith(end, PromptText.Of(server.Last), StringComparison.Ordinal);
        Assert.Equal(" the royal mouse?", body.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }
}
