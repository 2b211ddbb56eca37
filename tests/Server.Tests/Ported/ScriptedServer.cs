using System.Text.Json;
using KernelDsl.Runtime.Engine;
using KernelDsl.Testing;

namespace Kdsl.Tests.Ported;

/// <summary>One server for the tests of a class, which run one after the other: each says first what the model will answer.</summary>
public class ScriptedServer : IAsyncLifetime
{
    internal const string Chat = "/v1/chat/completions", Completions = "/v1/completions";

    RunningServer? _server;

    /// <summary>What the model answers from now on.</summary>
    internal Func<GenerationRequest, Script> Script { get; set; } = _ => throw new InvalidOperationException("The test has not said what the model answers.");

    internal RunningServer Http => _server!;

    /// <summary>The latest request that reached the engine.</summary>
    internal GenerationRequest Last => Http.Engine.Requests[^1];

    /// <summary>Its prompt.</summary>
    internal string Prompt => PromptText.Of(Last);

    /// <summary>How many have reached it.</summary>
    internal int Count => Http.Engine.Requests.Count;

    /// <summary>What its prompts end with.</summary>
    protected virtual string Opening => "";

    /// <summary>Tokens that a prompt and its answer may have.</summary>
    protected virtual int ContextLength => 2048;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync(new ScriptedEngine(request => Script(request))
    {
        Limits = new(ContextLength, VocabularySize: 3072, SampledVocabularySize: 3072, MaxTopLogProbs: 20),
    }, opening: Opening);

    public async Task DisposeAsync() => await Http.DisposeAsync();

    /// <summary>The model answers every request with this text.</summary>
    internal ScriptedServer Says(string text) => Says(_ => text);

    /// <summary>What the model answers depends on the prompt.</summary>
    internal ScriptedServer Says(Func<string, string> answer)
    {
        Script = request => new Script(ByteModel.Answer(answer(PromptText.Of(request))));
        return this;
    }

    /// <summary>The model would say random bytes, another series for each request: what it does say is what a constraint allows.</summary>
    internal ScriptedServer Babbles(int seed = 1)
    {
        Script = request =>
        {
            var random = new Random(seed + (int)(request.Sampling.Seed ?? 0));
            return new Script([.. Enumerable.Range(0, 2000).Select(_ => random.Next(20) == 0 ? ByteModel.End : random.Next(ByteModel.End))]);
        };
        return this;
    }

    /// <summary>The answer to a body that must be accepted.</summary>
    internal async Task<JsonElement> PostAsync(string path, string json)
    {
        var (status, body) = await Http.PostAsync(path, json);
        Assert.True(status == 200, body.GetRawText());
        return body;
    }

    /// <summary>The answer to a user's message with further fields.</summary>
    internal Task<JsonElement> ChatAsync(string fields = "") => PostAsync(Chat, Message(fields));

    /// <summary>Its only choice.</summary>
    internal async Task<JsonElement> ChoiceAsync(string fields = "") => Assert.Single((await ChatAsync(fields)).GetProperty("choices").EnumerateArray());

    /// <summary>The error of a body that must be refused with 400; the server goes on.</summary>
    internal async Task<JsonElement> RefusedAsync(string path, string json)
    {
        int before = Count;
        var (status, body) = await Http.PostAsync(path, json);
        Assert.True(status == 400, body.GetRawText());
        Assert.Equal(before, Count);
        Says("ok");
        Assert.Equal("ok", (await ChoiceAsync()).GetProperty("message").GetProperty("content").GetString());
        return body.GetProperty("error");
    }

    /// <summary>The events of a stream, which must end with the end mark.</summary>
    internal async Task<Events> StreamAsync(string path, string json)
    {
        var events = await Http.StreamAsync(path, json);
        Assert.Equal("[DONE]", events[^1]);
        return new Events([.. events.SkipLast(1).Select(item => JsonDocument.Parse(item).RootElement)]);
    }

    /// <summary>The same of a user's message with further fields.</summary>
    internal Task<Events> ChatStreamAsync(string fields = "") => StreamAsync(Chat, Message(Join("\"stream\":true", fields)));

    /// <summary>A body of a user's message with further fields.</summary>
    internal static string Message(string fields, string content = "x") => $$"""{"messages":[{"role":"user","content":"{{content}}"}]{{Join("", fields)}}}""";

    static string Join(string first, string fields) => first + (fields.Length == 0 ? "" : "," + fields);
}

/// <summary>The same with a model that thinks: its prompts open the thought.</summary>
public class ThinkingServer : ScriptedServer
{
    protected override string Opening => "<think>\n";
}

/// <summary>The same with room for long conversations.</summary>
public sealed class LongThinkingServer : ThinkingServer
{
    protected override int ContextLength => 32768;
}
