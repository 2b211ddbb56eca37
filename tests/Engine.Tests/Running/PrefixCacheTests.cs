using CsCheck;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;
using KernelDsl.Testing;

namespace EngineTests.Running;

/// <summary>Known pages save computing and change no output. The model reads every token back through its pages, so a wrong page shows.</summary>
public class PrefixCacheTests
{
    static readonly ModelLimits Small = HashModel.SmallLimits with { PageSize = 4, PageCount = 64 };

    static readonly Gen<(int Stem, int Shared, int Own, int Output, int At)[]> Requests_ =
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 60], Gen.Int[1, 20], Gen.Int[1, 30], Gen.Int[0, 20]).Array[1, 30];

    [Fact]
    public void Requests_AnyThatBeginAlike_GetWhatTheyGetAlone() => Requests_.Sample(requests =>
    {
        var engine = new Engine(new HashModel(Small));
        var line = requests.OrderBy(r => r.At).Select(r =>
        {
            int[] prompt = [.. Requests.Prompt(r.Stem, 60)[..r.Shared], .. Requests.Prompt(r.Own, r.Own)];
            return (prompt, r.Output, generation: engine.Submit(Requests.Of(prompt, r.Output)));
        }).ToArray();
        foreach (var (prompt, output, generation) in line)
            Assert.Equal(HashModel.Greedy(prompt, output, Small), Requests.Ids(generation).GetAwaiter().GetResult());
        Assert.Equal(new EngineStatus(0, 0, Small.PageCount, Small.PageCount), engine.Status);
        engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }, iter: 100);

    [Fact]
    public async Task SecondTurn_OfAConversation_ComputesWhatIsNew()
    {
        var tokens = 0;
        await using var engine = new Engine(new HashModel(Small) { OnStep = (int _, in StepInputs inputs) => tokens += inputs.Tokens.Length }, maxDraft: 0);
        var first = Requests.Prompt(1, 22);
        var answer = await Requests.Ids(engine.Submit(Requests.Of(first, 11)));
        Assert.Equal(22 + 10, tokens);
        int[] second = [.. first, .. answer, 3, 4, 5];

        tokens = 0;
        var generation = engine.Submit(Requests.Of(second, 6));
        Assert.Equal(HashModel.Greedy(second, 6, Small), await Requests.Ids(generation));

        // 22 + 10 computed tokens fill 8 pages of 4.
        Assert.Equal(32, generation.CachedTokens);
        Assert.Equal(second.Length - 32 + 5, tokens);
        Assert.Equal((58, 32), (engine.Counters.PromptTokens, engine.Counters.CachedTokens));
    }

    [Fact]
    public async Task Choices_OfOnePrompt_ComputeItOnce()
    {
        using var go = new ManualResetEventSlim();
        var tokens = 0;
        await using var engine = new Engine(new HashModel(Small)
        {
            OnStep = (int _, in StepInputs inputs) =>
            {
                go.Wait();
                tokens += inputs.Tokens.Length;
            },
        }, maxDraft: 0);
        // While the first step is computed, all come together.
        var other = engine.Submit(Requests.Of(Requests.Prompt(2, 3), 1));
        var prompt = Requests.Prompt(1, 42);
        var choices = Enumerable.Range(0, 4).Select(_ => engine.Submit(Requests.Of(prompt, 6))).ToArray();
        go.Set();

        foreach (var choice in choices)
            Assert.Equal(HashModel.Greedy(prompt, 6, Small), await Requests.Ids(choice));
        await Requests.Ids(other);
        // 40 of the 42 tokens are full pages, which three of the four do not compute.
        Assert.Equal(3 + 42 + (3 * 2) + (4 * 5), tokens);
        Assert.Equal([0, 40, 40, 40], choices.Select(c => c.CachedTokens));
    }

    [Fact]
    public async Task Off_NothingIsKept()
    {
        await using var engine = new Engine(new HashModel(Small), scheduling: new() { PrefixCache = false });
        await Requests.Ids(engine.Submit(Requests.Of(Requests.Prompt(1, 22))));
        var again = engine.Submit(Requests.Of(Requests.Prompt(1, 22)));
        await Requests.Ids(again);
        Assert.Equal((0, 0), (again.CachedTokens, engine.Counters.CachedPages));
    }

    [Fact]
    public async Task PromptLogProbs_OfAKnownPrompt_AreComplete()
    {
        await using var engine = new Engine(new HashModel(Small));
        var prompt = Requests.Prompt(1, 22);
        await Requests.Ids(engine.Submit(Requests.Of(prompt)));
        var scored = engine.Submit(Requests.Of(prompt) with { PromptLogProbs = true, TopLogProbs = 1 });
        await Requests.Ids(scored);
        Assert.All(scored.PromptLogProbs!.Skip(1), Assert.NotNull);
    }
}
