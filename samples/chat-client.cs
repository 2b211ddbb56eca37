#:project ../src/Inference/Inference.csproj
// A model inside a program, through Microsoft.Extensions.AI: dotnet run samples/chat-client.cs [-- FOLDER_OR_GGUF "question"]
using Kdsl;
using Microsoft.Extensions.AI;

await using var model = LanguageModel.Open(args.Length > 0 ? args[0] : null);
using var client = model.AsChatClient();
var options = new ChatOptions { MaxOutputTokens = 200 };
await foreach (var update in client.GetStreamingResponseAsync(args.Length > 1 ? args[1] : "What is two plus three?", options))
{
    Console.Write(update.Text);
    if (update.Contents.OfType<UsageContent>().FirstOrDefault() is { Details: var usage })
        Console.WriteLine($"\n{usage.OutputTokenCount} tokens after {usage.InputTokenCount}, {update.FinishReason}");
}
