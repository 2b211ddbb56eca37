using System.Net.Http.Headers;
using System.Text;
using KernelDsl.Testing;

namespace Kdsl.Tests.Ported.Vllm;

/// <summary>vLLM's tests/entrypoints/openai/chat_completion/test_root_path.py without its prefix, which a proxy in front would take off.</summary>
public class ApiKeyTests
{
    [Theory]
    [InlineData("abc", 401)]
    [InlineData("abc-123", 200)]
    public async Task Chat_NeedsTheKey(string key, int status)
    {
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer(" the doctor away.")), new() { ApiKeys = ["abc-123"] });
        using var request = new HttpRequestMessage(HttpMethod.Post, ScriptedServer.Chat)
        {
            Content = new StringContent("""
                {"messages":[{"role":"user","content":"tell me a common saying"},{"role":"assistant","content":"An apple a day, keeps"}],"continue_final_message":true,"add_generation_prompt":false}
                """, Encoding.UTF8, "application/json"),
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
        };
        using var response = await server.Client.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
    }
}
