using System.Reflection;
using System.Text.Json;
using Kdsl.Http;
using Kdsl.Serving;

namespace Kdsl.Tests;

/// <summary>The embedded model through everything: template, tokenizer, engine, kernels, HTTP.</summary>
public class DemoModelTests
{
    internal static string RepoRoot { get; } =
        typeof(DemoModelTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "RepoRoot").Value!;

    /// <summary>What the training program computed in fp32, greedy, for a prompt; null where the answer is longer than it went.</summary>
    internal static IEnumerable<(string Prompt, string? Answer)> Goldens() => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(RepoRoot, "models", "demo", "golden", "golden.json"))).RootElement
        .GetProperty("prompts").EnumerateArray()
        .Select(p => (p.GetProperty("prompt").GetString()!, p.GetProperty("im_end_at").GetInt32() < 0 ? null : p.GetProperty("greedy_text_until_im_end").GetString()));

    [Fact]
    public async Task GreedyAnswers_AllAtOnce_AreTheTrainingProgramsOwn()
    {
        await using var model = LoadedModel.Open(new ModelOptions { Threads = 1 });
        await using var server = new HttpServer(model, new ServerOptions { Port = 0 });
        await server.StartAsync();
        using var client = new HttpClient { BaseAddress = server.Url, Timeout = Timeout.InfiniteTimeSpan };

        var goldens = Goldens().Where(golden => golden.Answer is not null).ToArray();
        Assert.True(goldens.Length >= 3);
        await Task.WhenAll(goldens.Select(async golden =>
        {
            string json = $$"""{"model":"kdsl-demo","prompt":"{{JsonEncodedText.Encode(golden.Prompt)}}","temperature":0,"max_tokens":256}""";
            using var response = await client.PostAsync("/v1/completions", new StringContent(json));
            var choice = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("choices")[0];
            Assert.Equal((golden.Answer, "stop"), (choice.GetProperty("text").GetString(), choice.GetProperty("finish_reason").GetString()));
        }));
        await server.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Chat_WithTools_ShowsThemToTheModel()
    {
        await using var model = LoadedModel.Open(new ModelOptions());
        using var tool = JsonDocument.Parse("""{"type":"function","function":{"name":"get_weather","parameters":{"type":"object"}}}""");
        string prompt = model.Render(new ChatPrompt([new ChatMessage("user", "Hello!")], [tool.RootElement]));
        Assert.Contains("\"name\": \"get_weather\"", prompt, StringComparison.Ordinal);
        Assert.EndsWith("<|im_start|>user\nHello!<|im_end|>\n<|im_start|>assistant\n<think>\n", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_OfTheCheckpoint_AreTheDefaults()
    {
        await using var model = LoadedModel.Open(new ModelOptions { ContextLength = 100 });
        Assert.Equal((0.6f, 20, 0.95f), (model.Sampling.Temperature, model.Sampling.TopK, model.Sampling.TopP));
        Assert.Equal([3048, 3046], model.StopTokens);
        Assert.Equal((100, 3072), (model.Engine.Limits.ContextLength, model.Engine.Limits.SampledVocabularySize));
    }
}
