using System.Text.Json;
using KernelDsl.Runtime.Engine;
using KernelDsl.Testing;
using Microsoft.Extensions.AI;

namespace Kdsl.Tests;

/// <summary><see cref="IChatClient"/> over an engine in the process.</summary>
public class ChatClientTests
{
    static readonly AIFunctionDeclaration Weather = AIFunctionFactory.CreateDeclaration("weather", "Tells it.",
        JsonDocument.Parse("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""").RootElement);

    static (IChatClient Client, ScriptedEngine Engine) Scripted(string answer)
    {
        var engine = new ScriptedEngine(_ => new Script(ByteModel.Answer(answer)) { CachedTokens = 3 });
        return (new EngineChatClient(new ByteModel(engine)), engine);
    }

    [Fact]
    public async Task Answer_HasTextUsageAndReason()
    {
        var (client, engine) = Scripted("Hello é");
        var response = await client.GetResponseAsync([new(ChatRole.System, "Be brief."), new(ChatRole.User, "Hi")],
            new() { Temperature = 0.5f, TopP = 0.9f, TopK = 7, MaxOutputTokens = 50, Seed = 9, StopSequences = ["###"] });

        Assert.Equal(("Hello é", ChatFinishReason.Stop, "org/bytes"), (response.Text, response.FinishReason, response.ModelId));
        Assert.Equal((9L, 3L), (response.Usage!.OutputTokenCount, response.Usage.CachedInputTokenCount));
        var request = Assert.Single(engine.Requests);
        Assert.Equal(ByteModel.Tokens("[system Be brief.][user Hi][assistant]"), request.Prompt.ToArray());
        Assert.Equal((0.5f, 0.9f, 7, 9UL, 50), (request.Sampling.Temperature, request.Sampling.TopP, request.Sampling.TopK, request.Sampling.Seed, request.MaxTokens));
    }

    [Fact]
    public async Task Stream_SplitsNoCharacter_AndEndsAtAStopSequence()
    {
        var (client, _) = Scripted("宫ab###cd");
        var texts = new List<string>();
        await foreach (var update in client.GetStreamingResponseAsync("x", new() { StopSequences = ["###"] }))
            texts.Add(update.Text);
        Assert.Equal("宫ab", string.Concat(texts));
        Assert.DoesNotContain(texts, t => t.Contains('\uFFFD'));
    }

    [Fact]
    public async Task Tools_AreShown_CalledAndAnswered()
    {
        var (client, engine) = Scripted("Well. <tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"x\"}}\n</tool_call>");
        var history = new List<ChatMessage> { new(ChatRole.User, "Weather?") };
        var response = await client.GetResponseAsync(history, new() { Tools = [Weather] });

        var call = Assert.Single(response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>());
        Assert.Equal(("weather", "x", ChatFinishReason.ToolCalls), (call.Name, ((JsonElement)call.Arguments!["city"]!).GetString(), response.FinishReason));
        Assert.StartsWith("[tool weather]", Text(engine.Requests[0]), StringComparison.Ordinal);

        history.AddMessages(response);
        history.Add(new(ChatRole.Tool, [new FunctionResultContent(call.CallId, "sunny")]));
        await client.GetResponseAsync(history, new() { Tools = [Weather] });
        Assert.Contains("calls [{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"arguments\":{\"city\":\"x\"}}}]", Text(engine.Requests[1]));
        Assert.Contains("[tool sunny]", Text(engine.Requests[1]));
    }

    [Fact]
    public async Task Cancel_FreesTheSequence()
    {
        var engine = new ScriptedEngine(_ => new Script(ByteModel.Tokens("ab")) { Hangs = true });
        using var client = new EngineChatClient(new ByteModel(engine));
        using var patience = new CancellationTokenSource(200);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetResponseAsync("x", cancellationToken: patience.Token));
        await RunningServer.Until(() => engine.Cancelled == 1);
    }

    [Fact]
    public async Task DemoModel_InProcess_AnswersAsTheServerDoes()
    {
        await using var model = LanguageModel.Open(options: new EngineOptions { MaxBatch = 2 });
        using var client = model.AsChatClient();
        var options = new ChatOptions { Temperature = 0, MaxOutputTokens = 24 };
        string[] answers = [.. (await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => client.GetResponseAsync("What is two plus three?", options)))).Select(r => string.Concat(r.Messages.SelectMany(m => m.Contents).Select(c => c is TextReasoningContent t ? t.Text : c is TextContent s ? s.Text : "")))];
        Assert.Single(answers.Distinct());
        Assert.NotEmpty(answers[0]);
        Assert.Equal("kdsl", client.GetService<ChatClientMetadata>()!.ProviderName);
        Assert.Same(model.Engine, client.GetService<IEngine>());
    }

    static string Text(GenerationRequest request) => System.Text.Encoding.UTF8.GetString([.. request.Prompt.ToArray().Select(id => (byte)id)]);
}
