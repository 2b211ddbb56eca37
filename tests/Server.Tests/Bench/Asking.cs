using Kdsl.Bench.Serving;
using Kdsl.Bench.Serving.Data;
using Kdsl.Bench.Serving.Judging;
using Kdsl.Bench.Serving.Load;
using Kdsl.Bench.Serving.Statistics;

namespace Kdsl.Tests.Bench;

/// <summary>One question to a server, through all of the benchmark but its tables.</summary>
static class Asking
{
    /// <summary>Folder of the demonstration model, whose tokenizer counts.</summary>
    public static string Model { get; } = Path.Combine(DemoModelTests.RepoRoot, "models", "demo");

    /// <summary>Options for a server.</summary>
    public static ServingOptions Options(Uri server, TestType type) => new()
    {
        TestType = type, Http = server, ManagementHttp = server, ModelName = "m", ModelPath = Model, DatasetType = "gsm8k", MaxOutputLen = 8, WarmupSize = 0,
    };

    /// <summary>Asks, and reads what happened.</summary>
    public static async Task<RequestResult> AskAsync(ServingOptions options, DataItem? item = null) => (await AskAllAsync(options, item ?? new DataItem("0", "Hello there"))).Single();

    /// <summary>Asks one after the other, and reads what happened.</summary>
    public static async Task<IReadOnlyList<RequestResult>> AskAllAsync(ServingOptions options, params DataItem[] items)
    {
        var text = ModelText.Load(options.ModelPath);
        await using var target = await Targets.OpenAsync(options, CancellationToken.None);
        List<RequestTrace> ended = [];
        await new LoadGenerator(target, 1, options.RequestTimeOut, arrivals: null).RunAsync([.. items.Select(new Prompts(text, options).Request)], static _ => { }, ended.Add, CancellationToken.None);
        return [.. ended.Select(new TraceReader(text.Tokenizer, target.Streams, AnswerRule.Number, options.Reasoning, keepText: true, keepTokens: true).Read)];
    }
}
