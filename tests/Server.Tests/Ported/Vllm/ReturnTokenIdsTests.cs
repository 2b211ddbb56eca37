using System.Text;
using System.Text.Json;

namespace Kdsl.Tests.Ported.Vllm;

/// <summary>
/// vLLM's tests/entrypoints/openai/basic/test_return_token_ids.py, completion/test_token_in_token_out.py, and what chat_completion/test_batched_chat_completions.py says of the names of
/// scored tokens.
/// </summary>
public class ReturnTokenIdsTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    const string Emoji = "I love coding 🚀";

    static int[] Ids(JsonElement holder, string name) => holder.TryGetProperty(name, out var ids) ? [.. ids.EnumerateArray().Select(id => id.GetInt32())] : [];

    [Fact]
    public async Task Completion_HasTheIdsOfPromptAndAnswer_IfAskedFor()
    {
        var choice = (await server.Says("me 🚀 too").PostAsync(ScriptedServer.Completions, $$"""{"prompt":"{{Emoji}}","max_tokens":50,"logprobs":1,"return_token_ids":true}""")).GetProperty("choices")[0];
        Assert.Equal(ByteModel.Tokens(Emoji), Ids(choice, "prompt_token_ids"));
        Assert.Equal(ByteModel.Answer("me 🚀 too"), Ids(choice, "token_ids"));

        choice = (await server.PostAsync(ScriptedServer.Completions, $$"""{"prompt":"{{Emoji}}","max_tokens":50,"return_token_ids":false}""")).GetProperty("choices")[0];
        Assert.False(choice.TryGetProperty("token_ids", out _) || choice.TryGetProperty("prompt_token_ids", out _));
    }

    /// <summary>Ids in, ids out: the prompt comes back as it was, also with an echo.</summary>
    [Fact]
    public async Task TokensIn_TokensOut()
    {
        string prompt = string.Join(',', ByteModel.Tokens("Hello, world!"));
        var choice = (await server.Says("Hi").PostAsync(ScriptedServer.Completions, $$"""{"prompt":[{{prompt}}],"max_tokens":20,"echo":true,"return_token_ids":true}""")).GetProperty("choices")[0];
        Assert.Equal(ByteModel.Tokens("Hello, world!"), Ids(choice, "prompt_token_ids"));
        Assert.Equal(ByteModel.Answer("Hi"), Ids(choice, "token_ids"));
        Assert.Equal("Hello, world!Hi", choice.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Chat_WithACall_HasTheIds_IfAskedFor()
    {
        const string call = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {}}\n</tool_call>", tools = "\"tools\":[{\"function\":{\"name\":\"get_weather\"}}],\"logprobs\":true";
        var body = await server.Says(call).ChatAsync(tools + ",\"return_token_ids\":true");
        Assert.Equal(server.Last.Prompt.ToArray(), Ids(body, "prompt_token_ids"));
        Assert.Equal(ByteModel.Answer(call), Ids(body.GetProperty("choices")[0], "token_ids"));
        Assert.Equal("get_weather", Assert.Single(Events.CallsOf(body.GetProperty("choices")[0].GetProperty("message"))).Name);

        body = await server.ChatAsync(tools);
        Assert.False(body.TryGetProperty("prompt_token_ids", out _) || body.GetProperty("choices")[0].TryGetProperty("token_ids", out _));
    }

    /// <summary>The ids are those of the scores, when these are named by ids: whole with an echo, and streamed.</summary>
    [Fact]
    public async Task Ids_AreThoseOfTheScores()
    {
        const string body = """{"prompt":"Hello 🐱","max_tokens":50,"logprobs":1,"return_token_ids":true,"return_tokens_as_token_ids":true""";
        var choice = (await server.Says("cats 🐱").PostAsync(ScriptedServer.Completions, body + ",\"echo\":true}")).GetProperty("choices")[0];
        Assert.Equal([.. Ids(choice, "prompt_token_ids"), .. Ids(choice, "token_ids").SkipLast(1)], Named(choice));

        var events = await server.StreamAsync(ScriptedServer.Completions, body + ",\"stream\":true}");
        Assert.Equal(ByteModel.Tokens("Hello 🐱"), Ids(events.Choices.First(), "prompt_token_ids"));
        Assert.All(events.Choices.Skip(1), c => Assert.False(c.TryGetProperty("prompt_token_ids", out _)));
        // The end has an id and no text, so it has no score.
        Assert.Equal(events.Choices.SelectMany(c => Ids(c, "token_ids")).SkipLast(1), events.Choices.SelectMany(Named));

        static IEnumerable<int> Named(JsonElement choice) => choice.GetProperty("logprobs").GetProperty("tokens").EnumerateArray()
            .Select(token => int.Parse(token.GetString()!["token_id:".Length..], System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task ChatStream_HasTheIds_ThePromptsOnce()
    {
        var events = await server.Says("I love cats 🐱").ChatStreamAsync("\"return_token_ids\":true");
        Assert.Equal(server.Last.Prompt.ToArray(), Ids(events.All[0], "prompt_token_ids"));
        Assert.All(events.All.Skip(1), e => Assert.False(e.TryGetProperty("prompt_token_ids", out _)));
        int[] ids = [.. events.Choices.SelectMany(c => Ids(c, "token_ids"))];
        Assert.Equal(ByteModel.Answer("I love cats 🐱"), ids);
        Assert.Equal(events.Joined("content"), Encoding.UTF8.GetString([.. ids.SkipLast(1).Select(id => (byte)id)]));
    }

    /// <summary>Ids beside the answer do not change what scored tokens are called; only their own field does.</summary>
    [Theory]
    [InlineData("\"return_token_ids\":true", false)]
    [InlineData("\"return_tokens_as_token_ids\":true", true)]
    public async Task NamesOfScoredTokens(string field, bool ids)
    {
        var content = (await server.Says("alpha").ChoiceAsync($"\"logprobs\":true,\"top_logprobs\":1,{field}")).GetProperty("logprobs").GetProperty("content");
        Assert.All(content.EnumerateArray().SelectMany(entry => entry.GetProperty("top_logprobs").EnumerateArray().Prepend(entry)),
            entry => Assert.Equal(ids, entry.GetProperty("token").GetString()!.StartsWith("token_id:", StringComparison.Ordinal)));
    }
}
