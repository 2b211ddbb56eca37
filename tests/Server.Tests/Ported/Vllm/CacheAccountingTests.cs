using System.Text;
using System.Text.Json;
using Kdsl.Tests.Reliability;

namespace Kdsl.Tests.Ported.Vllm;

/// <summary>
/// vLLM's tests/entrypoints/openai/chat_completion/test_cache_accounting.py, over the real engine and its prefix cache. The count is OpenAI's <c>prompt_tokens_details.cached_tokens</c>.
/// </summary>
public class CacheAccountingTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SecondRequest_FindsThePromptInTheCache(bool stream)
    {
        await using var server = await LiveServer.StartAsync();
        string body = $$"""{"messages":[{"role":"user","content":"{{new string('q', 100)}}"}],"max_completion_tokens":5,"temperature":0""";
        Assert.Equal(0, CachedTokens(await PostAsync(body + "}")));
        string second = await PostAsync(body + (stream ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}" : "}"));
        Assert.InRange(CachedTokens(stream ? second.Split("\n\n")[^3]["data: ".Length..] : second), 1, 100 + "[user ][assistant]".Length);

        async Task<string> PostAsync(string json)
        {
            using var response = await server.Client.PostAsync(ScriptedServer.Chat, new StringContent(json, Encoding.UTF8, "application/json"));
            string text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, text);
            return text;
        }
    }

    static int CachedTokens(string json) => JsonDocument.Parse(json).RootElement.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32();
}
