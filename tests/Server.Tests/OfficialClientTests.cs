using System.ClientModel;
using System.ClientModel.Primitives;
using KernelDsl.Testing;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;

namespace Kdsl.Tests;

/// <summary>The official .NET client against the server.</summary>
public class OfficialClientTests
{
    [Fact]
    public async Task Chat_Whole_IsRead()
    {
        await using var server = await RunningServer.StartAsync("Hello 你好 🙂");
        ChatCompletion completion = await Chat(server).CompleteChatAsync(
            [new SystemChatMessage("Be brief."), new UserChatMessage("Hi")],
            new ChatCompletionOptions { Temperature = 0.2f, MaxOutputTokenCount = 50, IncludeLogProbabilities = true, TopLogProbabilityCount = 3 });

        Assert.Equal("Hello 你好 🙂", completion.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, completion.FinishReason);
        Assert.Equal((38, 18), (completion.Usage.InputTokenCount, completion.Usage.OutputTokenCount));
        Assert.Equal(17, completion.ContentTokenLogProbabilities.Count);
        Assert.Equal(3, completion.ContentTokenLogProbabilities[0].TopLogProbabilities.Count);
        Assert.Equal((0.2f, 50), (server.Engine.Requests[0].Sampling.Temperature, server.Engine.Requests[0].MaxTokens));
    }

    [Fact]
    public async Task Chat_Streamed_IsReadWithUsage()
    {
        await using var server = await RunningServer.StartAsync("Hello 你好 🙂");
        string text = "";
        ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;
        await foreach (var update in Chat(server).CompleteChatStreamingAsync([new UserChatMessage("Hi")]))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            finish = update.FinishReason ?? finish;
            usage = update.Usage ?? usage;
        }

        Assert.Equal(("Hello 你好 🙂", ChatFinishReason.Stop, 18), (text, finish, usage?.OutputTokenCount));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Chat_WithTools_IsReadAndAnswered(bool stream)
    {
        await using var server = await RunningServer.StartAsync("Hm.<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"é\"}}\n</tool_call>");
        var options = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("f", "does it", BinaryData.FromString("""{"type":"object","properties":{"a":{"type":"string"}}}""")) } };
        string name = "", arguments = "";
        ChatFinishReason? finish = null;
        if (stream)
        {
            await foreach (var update in Chat(server).CompleteChatStreamingAsync([new UserChatMessage("Hi")], options))
            {
                name += string.Concat(update.ToolCallUpdates.Select(call => call.FunctionName));
                arguments += string.Concat(update.ToolCallUpdates.Select(call => call.FunctionArgumentsUpdate?.ToString()));
                finish = update.FinishReason ?? finish;
            }
        }
        else
        {
            ChatCompletion completion = await Chat(server).CompleteChatAsync([new UserChatMessage("Hi")], options);
            (name, arguments, finish) = (completion.ToolCalls[0].FunctionName, completion.ToolCalls[0].FunctionArguments.ToString(), completion.FinishReason);
            // The call goes back as it came, with its result.
            await Chat(server).CompleteChatAsync([new UserChatMessage("Hi"), new AssistantChatMessage(completion), new ToolChatMessage(completion.ToolCalls[0].Id, "42")], options);
        }

        Assert.Equal(("f", "{\"a\": \"é\"}", ChatFinishReason.ToolCalls), (name, arguments, finish));
    }

    [Fact]
    public async Task Chat_WithASchema_IsHeldToIt()
    {
        await using var server = await RunningServer.StartAsync("no, {\"a\":7}");
        ChatCompletion completion = await Chat(server).CompleteChatAsync([new UserChatMessage("Hi")], new ChatCompletionOptions
        {
            ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("n", BinaryData.FromString("""{"type":"object","properties":{"a":{"const":7}},"required":["a"],"additionalProperties":false}"""), jsonSchemaIsStrict: true),
        });
        Assert.Equal(7, System.Text.Json.JsonDocument.Parse(completion.Content[0].Text).RootElement.GetProperty("a").GetInt32());
    }

    [Fact]
    public async Task Chat_StoppedByTheCaller_FreesTheSequence()
    {
        await using var server = await RunningServer.StartAsync(
            new ScriptedEngine(_ => new Script([.. Enumerable.Repeat((int)'a', 2000)]), TimeSpan.FromMilliseconds(5)));
        await foreach (var update in Chat(server).CompleteChatStreamingAsync([new UserChatMessage("Hi")]))
        {
            if (update.ContentUpdate.Count > 0)
                break;
        }

        await RunningServer.Until(() => server.Engine.Cancelled == 1);
        Assert.Equal(0, server.Engine.Status.Running);
    }

    [Fact]
    public async Task Errors_AreMappedToStatusAndMessage()
    {
        await using var server = await RunningServer.StartAsync("ok");
        var bad = await Assert.ThrowsAsync<ClientResultException>(() => Chat(server).CompleteChatAsync(
            [new UserChatMessage("Hi")], new ChatCompletionOptions { Temperature = 3 }));
        Assert.Equal(400, bad.Status);
        Assert.Contains("temperature", bad.Message, StringComparison.Ordinal);

        var unknown = await Assert.ThrowsAsync<ClientResultException>(() => Chat(server, "gpt-4").CompleteChatAsync("Hi"));
        Assert.Equal(404, unknown.Status);
        Assert.Contains("model_not_found", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_AreListed()
    {
        await using var server = await RunningServer.StartAsync("ok");
        OpenAIModelCollection models = await Client(server).GetOpenAIModelClient().GetModelsAsync();
        Assert.Equal("org/bytes", Assert.Single(models).Id);
    }

    static ChatClient Chat(RunningServer server, string model = "org/bytes") => Client(server).GetChatClient(model);

    static OpenAIClient Client(RunningServer server) => new(new ApiKeyCredential("unused"),
        new OpenAIClientOptions { Endpoint = new Uri(server.Url, "v1"), RetryPolicy = new ClientRetryPolicy(maxRetries: 0) });
}
