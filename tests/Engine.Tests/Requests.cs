using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;
using KernelDsl.Testing;

namespace EngineTests;

/// <summary>Short ways to say a request and to read what became of it.</summary>
static class Requests
{
    public static readonly SamplingOptions Greedy = new() { Temperature = 0 };

    static int _count;

    public static GenerationRequest Of(int[] prompt, int? maxTokens = 8, SamplingOptions? sampling = null) =>
        new() { Id = $"r{Interlocked.Increment(ref _count)}", Prompt = prompt, MaxTokens = maxTokens, Sampling = sampling ?? Greedy };

    /// <summary>A prompt that differs from those of other seeds at the first token already, as far as the vocabulary reaches.</summary>
    public static int[] Prompt(int seed, int length, ModelLimits? limits = null)
    {
        var random = new Random(seed);
        int[] prompt = [.. Enumerable.Range(0, length).Select(_ => random.Next((limits ?? HashModel.SmallLimits).SampledVocabularySize))];
        prompt[0] = seed % (limits ?? HashModel.SmallLimits).SampledVocabularySize;
        return prompt;
    }

    /// <param name="stem">Prompts with the same one begin alike; null: each is its own.</param>
    public static Sequence Sequence(int promptLength, int maxTokens, long order = 0, int contextLength = 256, bool scores = false, int? stem = null) =>
        new(Of(Prompt(stem ?? (int)order, promptLength), maxTokens) with { PromptLogProbs = scores }, order, contextLength, seed: 1);

    /// <summary>All tokens of a generation, the last one with its finish reason; throws what the channel ended with.</summary>
    public static async Task<List<GeneratedToken>> Read(IGeneration generation)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60)); // a hang, not a measurement
        var tokens = new List<GeneratedToken>();
        await foreach (var token in generation.Tokens.ReadAllAsync(limit.Token))
            tokens.Add(token);
        return tokens;
    }

    public static async Task<List<int>> Ids(IGeneration generation) => [.. (await Read(generation)).Select(t => t.Id)];
}
