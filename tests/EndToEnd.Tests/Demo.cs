using System.Reflection;
using System.Text.Json;
using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;

namespace EndToEndTests;

/// <summary>The repository's demonstration model behind an engine on the CPU back end.</summary>
sealed class Demo : IAsyncDisposable
{
    static readonly string Folder = Path.Combine(
        typeof(Demo).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepoRoot").Value!, "models", "demo");

    readonly CpuBackend _backend = new(threads: 2);

    public Demo(EngineOptions options, TimeProvider? clock = null)
    {
        Engine = EngineFactory.Open(new FolderFiles(Folder), _backend, options, sampledVocabularySize: null, clock);
    }

    public Engine Engine { get; }

    /// <summary>Prompts and their continuations, from the model's golden outputs.</summary>
    public static IReadOnlyList<(int[] Prompt, int[] Greedy)> Goldens { get; } = ReadGoldens();

    /// <summary>Generates for all prompts at once; greedily where nothing else is said.</summary>
    public async Task<Output[]> Generate(IEnumerable<int[]> prompts, int count, SamplingOptions? sampling = null) =>
        await Task.WhenAll(prompts.Select(p => Read(Engine.Submit(new GenerationRequest
        {
            Id = $"{p.Length} tokens",
            Prompt = p,
            MaxTokens = count,
            Sampling = sampling ?? new() { Temperature = 0 },
            TopLogProbs = 3,
        }))).ToArray());

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _backend.Dispose();
    }

    static async Task<Output> Read(IGeneration generation)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5)); // a hang, not a measurement
        var (ids, bits) = (new List<int>(), new List<int>());
        await foreach (var token in generation.Tokens.ReadAllAsync(limit.Token))
        {
            ids.Add(token.Id);
            bits.Add(BitConverter.SingleToInt32Bits(token.LogProbs!.LogProb));
            bits.AddRange(token.LogProbs.Top.SelectMany(t => new[] { t.Id, BitConverter.SingleToInt32Bits(t.LogProb) }));
        }

        return new Output(ids, bits);
    }

    static (int[], int[])[] ReadGoldens()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "golden", "golden.json")));
        int[] Ints(JsonElement e) => [.. e.EnumerateArray().Select(i => i.GetInt32())];
        return [.. json.RootElement.GetProperty("prompts").EnumerateArray()
            .Select(p => (Ints(p.GetProperty("prompt_ids")), Ints(p.GetProperty("greedy_ids"))))];
    }
}

/// <param name="Ids">Generated tokens.</param>
/// <param name="Bits">Bit patterns of their log probabilities and of the best three alternatives: they change with any bit of the logits that matters.</param>
sealed record Output(List<int> Ids, List<int> Bits);
