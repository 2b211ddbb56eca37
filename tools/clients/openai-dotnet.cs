#:package OpenAI
#:property PublishAot=false
// The official OpenAI .NET client against a running kdsl server: dotnet run tools/clients/openai-dotnet.cs [-- http://127.0.0.1:8080/v1]
// Exits 0 when every check holds. Works with any model: it checks the protocol, not the words.
using System.ClientModel;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;

string url = args.Length > 0 ? args[0] : "http://127.0.0.1:8080/v1";
var client = new OpenAIClient(new ApiKeyCredential("unused"), new OpenAIClientOptions { Endpoint = new Uri(url), RetryPolicy = new System.ClientModel.Primitives.ClientRetryPolicy(0) });
string model = client.GetOpenAIModelClient().GetModels().Value[0].Id;
var chat = client.GetChatClient(model);
var greedy = new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 24 };
UserChatMessage[] hello = [new("Say hello, 你好 🙂.")];

ChatCompletion whole = await chat.CompleteChatAsync(hello, greedy);
Check("chat, whole", whole.Content[0].Text.Length > 0 && whole.Usage.TotalTokenCount == whole.Usage.InputTokenCount + whole.Usage.OutputTokenCount);

string text = "";
ChatFinishReason? finish = null;
await foreach (var update in chat.CompleteChatStreamingAsync(hello, greedy))
{
    text += string.Concat(update.ContentUpdate.Select(static p => p.Text));
    finish = update.FinishReason ?? finish;
}
Check("chat, streamed: the same text and finish reason", text == whole.Content[0].Text && finish == whole.FinishReason);

await foreach (var update in chat.CompleteChatStreamingAsync([new UserChatMessage("Count.")], new ChatCompletionOptions { MaxOutputTokenCount = 1500 }))
    if (update.ContentUpdate.Count > 0)
        break;
bool freed = false;
for (int i = 0; i < 200 && !freed; i++, await Task.Delay(10))
    freed = await Running() == 0;
Check("chat, left by the caller: its sequence is freed", freed);

Check("unknown model: 404", await Refused(() => client.GetChatClient("nobody").CompleteChatAsync(hello)) is { Status: 404 } missing && missing.Message.Contains("nobody", StringComparison.Ordinal));
Check("temperature 9: 400", await Refused(() => chat.CompleteChatAsync(hello, new ChatCompletionOptions { Temperature = 9 })) is { Status: 400 } refused && refused.Message.Contains("temperature", StringComparison.Ordinal));
Check("a prompt longer than the context: 400", await Refused(() => chat.CompleteChatAsync([new UserChatMessage(string.Concat(Enumerable.Repeat("word ", 200_000)))])) is { Status: 400 });
Check("and it still answers", (await chat.CompleteChatAsync(hello, greedy)).Value.Content[0].Text == whole.Content[0].Text);

async Task<int> Running()
{
    using var http = new HttpClient();
    using var health = JsonDocument.Parse(await http.GetStringAsync(new Uri(new Uri(url), "/health")));
    return health.RootElement.GetProperty("running").GetInt32();
}

static async Task<ClientResultException?> Refused(Func<Task> call)
{
    try
    {
        await call();
        return null;
    }
    catch (ClientResultException e)
    {
        return e;
    }
}

static void Check(string what, bool holds)
{
    Console.WriteLine($"{(holds ? "ok  " : "FAIL")} {what}");
    if (!holds)
        Environment.Exit(1);
}
