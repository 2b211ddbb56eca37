using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Kdsl.Serving;
using OpenAI;
using OpenAI.Chat;

namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>The cases of llama.cpp's tools/server/tests/unit/test_chat_completion.py about answers; <see cref="ChatRequestTests"/> has those about requests.</summary>
public class ChatCompletionTests(DemoServer demo) : IClassFixture<DemoServer>
{
    const string Path = "/v1/chat/completions", Book = "What is the best book", Code = "Write the fibonacci function in c++.";

    public static TheoryData<string, string, int> Conversations => new()
    {
        { "Book", "\"Hey\"", 8 },
        { "Book", $"\"{Book}\"", 8 },
        { "You are a coding assistant.", $"\"{Code}\"", 128 },
        { "Book", """[{"type":"text","text":"What is"},{"type":"text","text":"the best book"}]""", 8 },
    };

    [Theory]
    [MemberData(nameof(Conversations))]
    public async Task Answer_HasItsCounts_AndTheStreamIsTheSame(string system, string user, int count)
    {
        string json = Body(system, user, $"\"max_tokens\":{count},\"ignore_eos\":true,\"seed\":42");
        int prompt = demo.Model.Encode(demo.Model.Render(new ChatPrompt([new Serving.ChatMessage("system", system), new Serving.ChatMessage("user", TextOf(user))]))).Length;
        var whole = await demo.AskAsync(Path, json);
        Assert.Contains("cmpl", whole.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("kdsl-", whole.GetProperty("system_fingerprint").GetString());
        var choice = whole.GetProperty("choices")[0];
        Assert.Equal(("assistant", "length"), (choice.GetProperty("message").GetProperty("role").GetString(), choice.GetProperty("finish_reason").GetString()));
        Assert.Equal((prompt, count), CountsOf(whole));

        var events = await demo.StreamAsync(Path, json[..^1] + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        Assert.All(events, e => Assert.Equal(whole.GetProperty("system_fingerprint").GetString(), e.GetProperty("system_fingerprint").GetString()));
        Assert.All(events, e => Assert.Equal("kdsl-demo", e.GetProperty("model").GetString()));
        Assert.Empty(events[^1].GetProperty("choices").EnumerateArray());
        Assert.Equal((prompt, count), CountsOf(events[^1]));
        var turn = await ChatTurn.AskAsync(demo.Http, (System.Text.Json.Nodes.JsonObject)System.Text.Json.Nodes.JsonNode.Parse(json)!, stream: true);
        Assert.Equal("length", turn.Finish);
        Assert.Equal(Spoken(choice.GetProperty("message")), turn.Reasoning + turn.Content);
    }

    [Fact]
    public async Task CachedTokens_AreThoseOfWholePagesThatPromptsShare()
    {
        await using var server = await HashServer.StartAsync(limits => limits with { MaxSequences = 1 });
        var seen = new List<string>();
        foreach (string user in (string[])["1 2 3 4 5 6", "1 2 3 4 5 6", "1 2 3 4 5 9", "1 2 3 9 9 9"])
        {
            string prompt = $"[system Test][user {user}][assistant]";
            int shared = seen.Select(other => other.Zip(prompt).TakeWhile(pair => pair.First == pair.Second).Count()).DefaultIfEmpty().Max();
            var (_, body) = await server.PostAsync(Path, Body("Test", $"\"{user}\"", "\"max_tokens\":8"));
            Assert.Equal((prompt.Length, 8), CountsOf(body));
            Assert.Equal(Math.Min(shared, prompt.Length - 1) / 16 * 16, body.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32());
            seen.Add(prompt);
        }
    }

    [Fact]
    public async Task OfficialClient_ReadsAnswerAndScores()
    {
        var client = new OpenAIClient(new ApiKeyCredential("dummy"), new OpenAIClientOptions { Endpoint = new Uri(demo.Http.Url, "v1"), RetryPolicy = new ClientRetryPolicy(maxRetries: 0) })
            .GetChatClient("kdsl-demo");
        ChatCompletion answer = await client.CompleteChatAsync([new SystemChatMessage("Book"), new UserChatMessage(Book)],
            new ChatCompletionOptions { MaxOutputTokenCount = 5, Temperature = 0, IncludeLogProbabilities = true, TopLogProbabilityCount = 10 });
        Assert.Equal(ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal(5, answer.ContentTokenLogProbabilities.Count);
        Assert.All(answer.ContentTokenLogProbabilities, token => Assert.Equal((true, true, 10), (token.LogProbability <= 0, token.Utf8Bytes is not null, token.TopLogProbabilities.Count)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LogProbs_JoinToTheText(bool stream)
    {
        string json = Body("Book", $"\"{Book}\"", "\"max_tokens\":5,\"temperature\":0,\"logprobs\":true,\"top_logprobs\":10");
        JsonElement[] choices;
        string text;
        if (stream)
        {
            choices = [.. (await demo.StreamAsync(Path, json[..^1] + ",\"stream\":true}")).Select(e => e.GetProperty("choices")[0])];
            text = string.Concat(choices.Select(c => Spoken(c.GetProperty("delta"))));
            Assert.All(choices[1..^1], c => Assert.Equal(JsonValueKind.Object, c.GetProperty("logprobs").ValueKind));
        }
        else
        {
            choices = [(await demo.AskAsync(Path, json)).GetProperty("choices")[0]];
            text = Spoken(choices[0].GetProperty("message"));
        }

        var tokens = choices.Select(c => c.GetProperty("logprobs")).Where(l => l.ValueKind == JsonValueKind.Object).SelectMany(l => l.GetProperty("content").EnumerateArray()).ToArray();
        Assert.Equal(5, tokens.Length);
        Assert.Equal(text, string.Concat(tokens.Select(t => t.GetProperty("token").GetString())));
        foreach (var token in tokens)
        {
            Assert.True(token.GetProperty("logprob").GetSingle() <= 0);
            Assert.NotEmpty(token.GetProperty("bytes").EnumerateArray());
            Assert.Equal(10, token.GetProperty("top_logprobs").GetArrayLength());
        }
    }

    [Fact]
    public async Task LogitBias_KeepsTokensAway()
    {
        var body = await demo.AskAsync(Path, Body("Book", $"\"{Book}\"", $"\"max_tokens\":64,\"temperature\":0,\"logit_bias\":{await LogitBias.AgainstAsync(demo)}"));
        string text = Spoken(body.GetProperty("choices")[0].GetProperty("message"));
        Assert.NotEmpty(text);
        Assert.All(LogitBias.Words, word => Assert.DoesNotContain($" {word} ", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Choices_Several_TwiceOver_AreAllThere()
    {
        for (int i = 0; i < 2; i++)
        {
            var body = await demo.AskAsync(Path, Body("Book", $"\"{Book}\"", "\"max_tokens\":8,\"n\":2,\"ignore_eos\":true,\"id_slot\":0"));
            var choices = body.GetProperty("choices").EnumerateArray().ToArray();
            Assert.Equal([("assistant", "length"), ("assistant", "length")], choices.Select(c => (c.GetProperty("message").GetProperty("role").GetString(), c.GetProperty("finish_reason").GetString())));
        }
    }

    static string Body(string system, string user, string more) =>
        $$"""{"messages":[{"role":"system","content":"{{system}}"},{"role":"user","content":{{user}}}],{{more}}}""";

    static string TextOf(string content)
    {
        var value = JsonDocument.Parse(content).RootElement;
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : string.Concat(value.EnumerateArray().Select(part => part.GetProperty("text").GetString()));
    }

    /// <summary>Thought and content.</summary>
    static string Spoken(JsonElement message) => string.Concat(((string[])["reasoning_content", "content"]).Select(name => message.TryGetProperty(name, out var text) ? text.GetString() : ""));

    static (int Prompt, int Completion) CountsOf(JsonElement body) =>
        (body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), body.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
}
