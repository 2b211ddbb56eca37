using System.Text.Json;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;

namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>The cases of llama.cpp's tools/server/tests/unit/test_completion.py, asked of /v1/completions. Its texts are its model's; what holds between them is not.</summary>
public class CompletionTests(DemoServer demo) : IClassFixture<DemoServer>
{
    const string Path = "/v1/completions", Life = "I believe the meaning of life is";

    const string Joke = "Write a joke about AI from a very long prompt which will not be truncated";

    [Theory]
    [InlineData(Life, 8)]
    [InlineData(Joke, 64)]
    public async Task Completion_HasItsCounts_AndTheStreamHasThem(string prompt, int count)
    {
        string json = Body(prompt, $"\"max_tokens\":{count},\"ignore_eos\":true,\"seed\":42");
        var whole = await demo.AskAsync(Path, json);
        Assert.Contains("cmpl", whole.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("kdsl-", whole.GetProperty("system_fingerprint").GetString());
        Assert.Equal("length", Choice(whole).GetProperty("finish_reason").GetString());
        AssertUsage(whole, demo.Model.Encode(prompt).Length, count);

        var events = await demo.StreamAsync(Path, json[..^1] + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        Assert.All(events, e => Assert.Equal(whole.GetProperty("system_fingerprint").GetString(), e.GetProperty("system_fingerprint").GetString()));
        Assert.Single(events.Select(e => e.GetProperty("id").GetString()).Distinct());
        AssertUsage(events[^1], demo.Model.Encode(prompt).Length, count);
        var choices = events[..^1].Select(Choice).ToArray();
        Assert.All(choices[..^1], c => Assert.Equal(JsonValueKind.Null, c.GetProperty("finish_reason").ValueKind));
        Assert.Equal("length", choices[^1].GetProperty("finish_reason").GetString());
        Assert.Equal(TextOf(whole), string.Concat(choices.Select(c => c.GetProperty("text").GetString())));
    }

    [Fact]
    public async Task StopStrings_NeverComeOutOfAStream()
    {
        await using var server = await RunningServer.StartAsync("Sure, here's one for you.\nUser:\nTell me a joke.\nAssistant:\nNo.");
        var events = await server.StreamAsync(Path, Body("System: You are helpful assistant.\nAssistant:\n", "\"stop\":[\"User:\\n\",\"Assistant:\\n\"],\"max_tokens\":200,\"stream\":true"));
        var choices = events.SkipLast(1).Select(e => Choice(JsonDocument.Parse(e).RootElement)).ToArray();
        Assert.Equal(("Sure, here's one for you.\n", "stop"), (string.Concat(choices.Select(c => c.GetProperty("text").GetString())), choices[^1].GetProperty("finish_reason").GetString()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Seed_DecidesTheText(int slots)
    {
        await using var server = await HashServer.StartAsync(limits => limits with { MaxSequences = slots });
        string[] same = await Texts(server, Enumerable.Repeat("\"seed\":42,\"temperature\":0", 4)), other = await Texts(server, Enumerable.Range(0, 4).Select(seed => $"\"seed\":{seed},\"temperature\":1"));
        Assert.Single(same.Distinct());
        Assert.Equal(4, other.Distinct().Count());
    }

    [Theory]
    [InlineData(16, 0)]
    [InlineData(32, 0)]
    [InlineData(16, 1)]
    [InlineData(32, 1)]
    public async Task Batch_OfAnySize_GivesTheSameText(int batch, int temperature)
    {
        string more = $"\"seed\":42,\"temperature\":{temperature}";
        await using var roomy = await HashServer.StartAsync();
        await using var server = await HashServer.StartAsync(limits => limits with { MaxTokens = batch });
        Assert.Equal(await Texts(roomy, [more]), (await Texts(server, Enumerable.Repeat(more, 4))).Distinct());
    }

    [Fact]
    public async Task Cache_ChangesNoText()
    {
        const string more = "\"seed\":42,\"temperature\":1";
        await using var without = await HashServer.StartAsync(scheduling: new SchedulingOptions { PrefixCache = false });
        await using var server = await HashServer.StartAsync();
        string cold = Assert.Single(await Texts(server, [more]));
        var (_, warm) = await server.PostAsync(Path, Body(Life, more));
        Assert.Equal(16, Cached(warm));
        Assert.Equal(cold, TextOf(warm));
        Assert.Equal(cold, Assert.Single(await Texts(without, [more])));
    }

    [Fact]
    public async Task Prompt_LongerThanTheContext_Is400()
    {
        await using var server = await HashServer.StartAsync();
        var (status, body) = await server.PostAsync(Path, Body(string.Concat(Enumerable.Repeat(Life, 32)), "\"seed\":42"));
        Assert.Equal((400, "context_length_exceeded"), (status, body.GetProperty("error").GetProperty("code").GetString()));
    }

    /// <summary>An object with a text is llama.cpp's own form, and one string among ids too; OpenAI has neither.</summary>
    [Theory]
    [InlineData("""{"prompt_string":"I believe <__media__>","multimodal_data":"iVBORw0KGgo="}""")]
    [InlineData("""{"prompt_string":"I believe the meaning of life is"}""")]
    [InlineData("""[1,2,3,"I believe",7]""")]
    public async Task Prompt_InAFormThatOpenAiHasNot_IsRefused(string prompt)
    {
        var (status, body) = await demo.Http.PostAsync(Path, $$"""{"prompt":{{prompt}}}""");
        Assert.Equal(400, status);
        Assert.StartsWith("prompt", body.GetProperty("error").GetProperty("param").GetString());
    }

    [Fact]
    public async Task Prompt_AsIds_IsThePromptAsText()
    {
        string ids = $"[{string.Join(',', demo.Model.Encode(Life))}]", text = TextOf(await demo.AskAsync(Path, Body(Life, "\"temperature\":0")));
        foreach (string prompts in (string[])[ids, $"[{ids},{ids}]", $"[{ids},\"{Life}\"]"])
        {
            var body = await demo.AskAsync(Path, $$"""{"prompt":{{prompts}},"temperature":0}""");
            Assert.All(body.GetProperty("choices").EnumerateArray(), c => Assert.Equal(text, c.GetProperty("text").GetString()));
            Assert.Equal(prompts == ids ? 1 : 2, body.GetProperty("choices").GetArrayLength());
        }
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    [InlineData(2, 4)]
    [InlineData(4, 2)]
    [InlineData(4, 6)]
    public async Task Requests_MoreOrFewerThanSlots_GetTheTextsTheyGetAlone(int slots, int requests)
    {
        string[] prompts = ["Write a very long book.", "Write another a poem.", "What is LLM?", "The sky is blue and I love it.", "Write another very long music lyrics.", "Write a very long joke."];
        const string more = "\"seed\":42,\"temperature\":1,\"max_tokens\":40";
        int busiest = 0;
        using var allThere = new ManualResetEventSlim();
        await using var server = await HashServer.StartAsync(limits => limits with { MaxSequences = slots }, onStep: (int _, in StepInputs inputs) =>
        {
            busiest = Math.Max(busiest, inputs.Lengths.Length);
            allThere.Wait(TimeSpan.FromSeconds(10));
        });
        await using var alone = await HashServer.StartAsync(limits => limits with { MaxSequences = 1 });

        var asking = Task.WhenAll(prompts.Take(requests).Select(prompt => server.PostAsync(Path, Body(prompt, more))));
        string received = $"\nrequest_received_total{{model_name=\"org/bytes\"}} {requests}\n";
        await RunningServer.Until(() => server.Client.GetStringAsync("/metrics").GetAwaiter().GetResult().Contains(received, StringComparison.Ordinal));
        allThere.Set();
        var answers = await asking;

        for (int i = 0; i < requests; i++)
            Assert.Equal((200, TextOf((await alone.PostAsync(Path, Body(prompts[i], more))).Body)), (answers[i].Status, TextOf(answers[i].Body)));
        Assert.Equal(Math.Min(slots, requests), busiest);
    }

    /// <summary>Where llama.cpp drops requests that together outgrow the memory, these give their pages up and come again.</summary>
    [Theory]
    [InlineData(80, 40, 80, 80)]
    [InlineData(70, 70, 70, 70)]
    [InlineData(90, 90, 40, 90)]
    [InlineData(90, 90, 40, 75)]
    public async Task Memory_SharedByRequestsThatOutgrowIt_IsEnoughForAll(params int[] counts)
    {
        await using var server = await HashServer.StartAsync(limits => limits with { ContextLength = 256, PageCount = 256 / limits.PageSize, MaxSequences = 4 });
        var answers = await Task.WhenAll(counts.Select(count => server.PostAsync(Path, Body("A", $"\"max_tokens\":{count}"))));
        Assert.Equal(counts.Select(count => (200, count)), answers.Select(a => (a.Status, a.Body.GetProperty("usage").GetProperty("completion_tokens").GetInt32())));
    }

    [Fact]
    public async Task LogProbs_AreOfEveryToken_AlsoInAStream()
    {
        const string more = "\"logprobs\":10,\"temperature\":0,\"max_tokens\":5,\"ignore_eos\":true";
        var whole = Choice(await demo.AskAsync(Path, Body(Life, more)));
        var scores = whole.GetProperty("logprobs");
        var tokens = scores.GetProperty("tokens").EnumerateArray().Select(t => t.GetString()!).ToArray();
        Assert.Equal(5, tokens.Length);
        Assert.Equal(whole.GetProperty("text").GetString(), string.Concat(tokens));
        foreach (var (token, logProb, top) in tokens.Zip(Numbers(scores, "token_logprobs"), scores.GetProperty("top_logprobs").EnumerateArray()))
        {
            Assert.True(logProb <= 0);
            Assert.Equal(10, top.EnumerateObject().Count());
            Assert.All(top.EnumerateObject(), alternative => Assert.True(alternative.Value.GetSingle() <= logProb));
            Assert.Equal(logProb, top.GetProperty(token).GetSingle());
        }

        var events = await demo.StreamAsync(Path, Body(Life, more + ",\"stream\":true"));
        Assert.Equal(tokens, events.SelectMany(e => Choice(e).GetProperty("logprobs").GetProperty("tokens").EnumerateArray()).Select(t => t.GetString()!));
    }

    [Fact]
    public async Task LogitBias_KeepsTokensAway()
    {
        string[] exclude = LogitBias.Words;
        string text = TextOf(await demo.AskAsync(Path, Body("What is the best book", $"\"max_tokens\":64,\"temperature\":0,\"logit_bias\":{await LogitBias.AgainstAsync(demo)}")));
        Assert.NotEmpty(text);
        Assert.All(exclude, word => Assert.DoesNotContain($" {word} ", text, StringComparison.Ordinal));
    }

    /// <summary>llama.cpp also takes pieces of text, and pairs in a list; OpenAI's keys are ids.</summary>
    [Theory]
    [InlineData("""[[5,-100]]""")]
    [InlineData("""[[" the ",-100]]""")]
    [InlineData("""{" the ":-100}""")]
    public async Task LogitBias_InAFormThatOpenAiHasNot_IsRefused(string bias)
    {
        var (status, body) = await demo.Http.PostAsync(Path, Body("What is the best book", $"\"logit_bias\":{bias}"));
        Assert.Equal((400, "logit_bias"), (status, body.GetProperty("error").GetProperty("param").GetString()));
    }

    [Fact]
    public async Task Request_GivenUpByItsClient_FreesItsSlot()
    {
        await using var server = await HashServer.StartAsync(limits => limits with { MaxSequences = 1 }, onStep: (int _, in StepInputs _) => Thread.Sleep(5));
        using (var patience = new CancellationTokenSource(100))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.Client.PostAsync(Path, new StringContent(Body(Life, "\"max_tokens\":400")), patience.Token));
        await RunningServer.Until(() => Running(server) == 0);
        Assert.Equal(200, (await server.PostAsync(Path, Body(Life, "\"max_tokens\":1"))).Status);

        static int Running(RunningServer server) => JsonDocument.Parse(server.Client.GetStringAsync("/health").GetAwaiter().GetResult()).RootElement.GetProperty("running").GetInt32();
    }

    [Fact]
    public async Task Prompts_InAndOutOfTheCache_KeepTheirCounts()
    {
        var random = new Random(16);
        var seen = new HashSet<int>();
        await using var server = await HashServer.StartAsync(limits => limits with { MaxSequences = 2 });
        for (int i = 0; i < 16; i++)
        {
            int r = random.Next(5), count = random.Next(1, 9);
            string prompt = string.Concat(Enumerable.Repeat($" Hello {r}", 40 + r));
            var (status, body) = await server.PostAsync(Path, Body(prompt, $"\"max_tokens\":{count}"));
            Assert.Equal(200, status);
            AssertUsage(body, prompt.Length, count);
            // All full pages but those of the last token are known the second time.
            Assert.Equal(seen.Add(r) ? 0 : (prompt.Length - 1) / 16 * 16, Cached(body));
        }
    }

    static async Task<string[]> Texts(RunningServer server, IEnumerable<string> more)
    {
        var texts = new List<string>();
        foreach (string one in more)
            texts.Add(TextOf((await server.PostAsync(Path, Body(Life, one))).Body));
        return [.. texts];
    }

    static string Body(string prompt, string more) => $$"""{"prompt":"{{JsonEncodedText.Encode(prompt)}}",{{more}}}""";

    static JsonElement Choice(JsonElement body) => body.GetProperty("choices")[0];

    static string TextOf(JsonElement body) => Choice(body).GetProperty("text").GetString()!;

    static int Cached(JsonElement body) => body.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32();

    static IEnumerable<float> Numbers(JsonElement scores, string name) => scores.GetProperty(name).EnumerateArray().Select(n => n.GetSingle());

    static void AssertUsage(JsonElement body, int prompt, int completion)
    {
        var usage = body.GetProperty("usage");
        Assert.Equal((prompt, completion, prompt + completion),
            (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("total_tokens").GetInt32()));
    }
}
