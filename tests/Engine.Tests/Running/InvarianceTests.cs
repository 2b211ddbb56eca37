using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;
using KernelDsl.Testing;

namespace EngineTests.Running;

/// <summary>A request's output depends on the request alone, not on who else runs, on the chunks, the pages or the preemptions.</summary>
public class InvarianceTests
{
    static readonly ModelLimits Small = HashModel.SmallLimits;

    public static readonly TheoryData<int, int, int, int> Shapes = new()
    {
        // page size, pages, tokens per step, sequences
        { 16, 256, 64, 16 },
        { 128, 64, 64, 16 },
        { 16, 256, 16, 16 },
        { 1, 300, 37, 5 },
        { 16, 16, 64, 16 },
        { 4, 64, 20, 16 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Greedy_SixteenAtOnce_EachIsWhatItIsAlone(int pageSize, int pages, int tokens, int sequences)
    {
        var limits = Small with { PageSize = pageSize, PageCount = pages, MaxTokens = tokens, MaxSequences = sequences };
        await using var engine = new Engine(new HashModel(limits));
        int[][] prompts = [.. Enumerable.Range(0, 16).Select(i => Requests.Prompt(i, 3 + 11 * i % 90))];

        var outputs = await Task.WhenAll(prompts.Select(p => Requests.Ids(engine.Submit(Requests.Of(p, maxTokens: 100)))));

        for (var i = 0; i < prompts.Length; i++)
            Assert.Equal(HashModel.Greedy(prompts[i], 100, limits), outputs[i]);
        Assert.Equal(new EngineStatus(0, 0, pages, pages), engine.Status);
    }

    [Fact]
    public async Task Greedy_PoolForTwoOfSixteen_PreemptsAndLosesNothing()
    {
        var limits = Small with { PageSize = 4, PageCount = 64 };
        await using var engine = new Engine(new HashModel(limits));
        int[][] prompts = [.. Enumerable.Range(0, 16).Select(i => Requests.Prompt(i, 5 + i))];

        var outputs = await Task.WhenAll(prompts.Select(p => Requests.Ids(engine.Submit(Requests.Of(p, maxTokens: 120)))));

        Assert.True(engine.Preemptions > 0);
        for (var i = 0; i < prompts.Length; i++)
            Assert.Equal(HashModel.Greedy(prompts[i], 120, limits), outputs[i]);
    }

    [Fact]
    public async Task Sampled_SameSeed_SameTokensAloneInACrowdAndAfterPreemption()
    {
        var options = new SamplingOptions { Temperature = 0.9f, TopP = 0.9f, Seed = 11, FrequencyPenalty = 0.5f };
        var prompt = Requests.Prompt(3, 20);
        async Task<List<int>> Run(ModelLimits limits, int others)
        {
            await using var engine = new Engine(new HashModel(limits));
            var crowd = Enumerable.Range(0, others).Select(i => engine.Submit(Requests.Of(Requests.Prompt(i, 30), 100))).ToArray();
            var ids = await Requests.Ids(engine.Submit(Requests.Of(prompt, 100, options)));
            await Task.WhenAll(crowd.Select(Requests.Ids));
            Assert.Equal(others > 0 && limits.PageCount < 100, engine.Preemptions > 0);
            return ids;
        }

        var alone = await Run(Small, others: 0);
        Assert.Equal(alone, await Run(Small, others: 12));
        Assert.Equal(alone, await Run(Small with { PageCount = 16 }, others: 12));
        Assert.True(alone.Distinct().Count() > 10);
    }

    [Fact]
    public async Task PromptLogProbs_ChunkedAndPreempted_AreThoseOfTheDefinition()
    {
        var limits = Small with { PageSize = 4, PageCount = 64, MaxLogitRows = 18 };
        await using var engine = new Engine(new HashModel(limits));
        var generations = Enumerable.Range(0, 8).Select(i =>
            engine.Submit(Requests.Of(Requests.Prompt(i, 40 + i), 80) with { PromptLogProbs = true, TopLogProbs = 2 })).ToArray();
        await Task.WhenAll(generations.Select(Requests.Ids));

        Assert.True(engine.Preemptions > 0);
        for (var i = 0; i < generations.Length; i++)
        {
            var prompt = Requests.Prompt(i, 40 + i);
            var scores = generations[i].PromptLogProbs!;
            Assert.Equal(prompt.Length, scores.Count);
            Assert.Null(scores[0]);
            for (var position = 1; position < prompt.Length; position++)
            {
                var logits = HashModel.LogitsAfter(prompt.Take(position), limits);
                Assert.Equal(new Sampler(limits.SampledVocabularySize).Score(logits, prompt[position], 2).Top, scores[position]!.Top);
                var weights = logits.Take(limits.SampledVocabularySize).Select(l => Math.Exp(l)).ToArray();
                Assert.Equal(Math.Log(weights[prompt[position]] / weights.Sum()), scores[position]!.LogProb, 1e-4);
            }
        }
    }
}
