using System.Text.Json;
using Kdsl.Dialects;
using Kdsl.Http;
using KernelDsl.Testing;

namespace Kdsl.Tests;

/// <summary>Prompts beyond what the operator allows: refused, or cut and told, on every route that takes one.</summary>
public class PromptLimitTests
{
    public static readonly TheoryData<string, string> Routes = new()
    {
        { "/v1/completions", """{"prompt":"abcdefgh"}""" },
        { "/generate", """{"prompt":"abcdefgh"}""" },
        { "/generate", """{"inputs":"abcdefgh"}""" },
        { "/infer", """{"inputs":"abcdefgh"}""" },
        { "/infer_token", """{"input_id":[97,98,99,100,101,102,103,104]}""" },
        { "/v2/models/org%2Fbytes/generate", """{"text_input":"abcdefgh"}""" },
        { "/v2/models/org%2Fbytes/infer", """{"inputs":[{"name":"i","shape":[1,8],"datatype":"UINT32","data":[97,98,99,100,101,102,103,104]}]}""" },
    };

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Prompt_TooLong_IsRefusedOrCut(string path, string body)
    {
        foreach (var (truncation, kept) in ((Truncation, string?)[])[(Truncation.None, null), (Truncation.Left, "defgh"), (Truncation.Right, "abcde")])
        {
            await using var server = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer("x")), new ServerOptions { MaxInputTokens = 5, Truncation = truncation });
            using var response = await server.Client.PostAsync(path, new StringContent(body));
            string text = await response.Content.ReadAsStringAsync();
            if (kept is null)
            {
                Assert.True((int)response.StatusCode is 400 or 422, text);
                Assert.Contains("prompts of 5 tokens, and the prompt alone has 8", text, StringComparison.Ordinal);
                continue;
            }

            Assert.True(response.IsSuccessStatusCode, text);
            Assert.Equal("5", Assert.Single(response.Headers.GetValues(PromptLimit.Header)));
            Assert.Equal(ByteModel.Tokens(kept), server.Engine.Requests[0].Prompt.ToArray());
        }
    }

    [Fact]
    public async Task Chat_KeepsTheEnd_AndCountsWhatItKept()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer("x")), new ServerOptions { MaxInputTokens = 13, Truncation = Truncation.Left });
        var (status, body) = await server.PostAsync("/v1/chat/completions", """{"messages":[{"role":"user","content":"abcdefgh"}]}""");
        Assert.Equal((200, 13), (status, body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32()));
        Assert.Equal("h][assistant]", System.Text.Encoding.ASCII.GetString([.. server.Engine.Requests[0].Prompt.ToArray().Select(id => (byte)id)]));
    }

    [Fact]
    public async Task Strict_CutsNothing()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer("x")), new ServerOptions { MaxInputTokens = 5, Truncation = Truncation.Left, Strict = true });
        Assert.Equal(400, (await server.PostAsync("/v1/completions", """{"prompt":"abcdefgh"}""")).Status);
    }

    [Fact]
    public async Task Prompt_OfTheLength_IsTakenWhole()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer("x")), new ServerOptions { MaxInputTokens = 5 });
        Assert.Equal(200, (await server.PostAsync("/v1/completions", """{"prompt":"abcde"}""")).Status);
        Assert.Equal(5, JsonDocument.Parse(await server.Client.GetStringAsync("/info")).RootElement.GetProperty("max_input_length").GetInt32());
    }
}
