using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;
using KernelDsl.Testing;

namespace EngineTests.Running;

public class EngineTests
{
    static readonly ModelLimits Small = HashModel.SmallLimits;

    [Fact]
    public async Task Generation_StopToken_IsDeliveredAndEndsIt()
    {
        var prompt = Requests.Prompt(1, 5);
        var expected = HashModel.Greedy(prompt, 10, Small);
        var stop = expected.First(id => expected.IndexOf(id) > 1);
        await using var engine = new Engine(new HashModel(Small));

        var stopped = await Requests.Read(engine.Submit(Requests.Of(prompt, 10) with { StopTokens = [stop] }));
        var ignored = await Requests.Read(engine.Submit(Requests.Of(prompt, 10) with { StopTokens = [stop], IgnoreStop = true }));

        Assert.Equal(expected.Take(expected.IndexOf(stop) + 1), stopped.Select(t => t.Id));
        Assert.Equal(FinishReason.Stop, stopped[^1].Finish);
        Assert.Equal(expected, ignored.Select(t => t.Id));
        Assert.Equal(FinishReason.Length, ignored[^1].Finish);
        Assert.All(ignored[..^1], t => Assert.Null(t.Finish));
    }

    [Fact]
    public async Task Generation_NoMaxTokens_RunsToTheContext()
    {
        await using var engine = new Engine(new HashModel(Small));
        var tokens = await Requests.Read(engine.Submit(Requests.Of(Requests.Prompt(1, 5), maxTokens: null)));
        Assert.Equal(Small.ContextLength - 5, tokens.Count);
        Assert.Equal(FinishReason.Length, tokens[^1].Finish);
    }

    [Fact]
    public async Task Limits_PoolSmallerThanTheContext_ShortenTheContext()
    {
        await using var engine = new Engine(new HashModel(Small with { PageCount = 4 }));
        Assert.Equal(64, engine.Limits.ContextLength);
        Assert.Equal(60, (await Requests.Read(engine.Submit(Requests.Of(Requests.Prompt(1, 4), null)))).Count);
    }

    [Fact]
    public async Task Generation_LogProbs_ComeWithEachToken()
    {
        await using var engine = new Engine(new HashModel(Small));
        var tokens = await Requests.Read(engine.Submit(Requests.Of(Requests.Prompt(2, 9), 6) with { TopLogProbs = 3 }));
        Assert.All(tokens, t => Assert.Equal((t.Id, 3), (t.LogProbs!.Id, t.LogProbs.Top.Count)));
        Assert.All(tokens, t => Assert.Equal((t.Id, t.LogProbs!.LogProb), t.LogProbs.Top[0]));
        Assert.Null((await Requests.Read(engine.Submit(Requests.Of([1], 1))))[0].LogProbs);
    }

    [Fact]
    public async Task Logits_NotFinite_EndThatRequestOnly()
    {
        await using var engine = new Engine(new HashModel(Small) { PoisonToken = 7 });
        var good = engine.Submit(Requests.Of([1, 2, 3], 30));
        var bad = engine.Submit(Requests.Of([7, 2, 3], 30));
        var badScores = engine.Submit(Requests.Of([7, 2, 3], 30) with { PromptLogProbs = true });

        foreach (var generation in new[] { bad, badScores })
        {
            var error = await Assert.ThrowsAsync<GenerationException>(() => Requests.Read(generation));
            Assert.Equal(GenerationError.LogitsNotFinite, error.Error);
        }

        Assert.Equal(HashModel.Greedy([1, 2, 3], 30, Small), await Requests.Ids(good));
        Assert.Equal(new EngineStatus(0, 0, Small.PageCount, Small.PageCount), engine.Status);
    }

    [Fact]
    public async Task Step_ThrowsForOneSequence_OnlyThatOneFails()
    {
        await using var engine = new Engine(new HashModel(Small)
        {
            OnStep = (int _, in StepInputs inputs) =>
            {
                if (inputs.Tokens.Contains(60))
                    throw new InvalidOperationException("device says no");
            },
        });
        var prompts = Enumerable.Range(0, 6).Select(i => Requests.Prompt(i, 10).Select(id => id % 60).ToArray()).ToArray();
        prompts[4][3] = 60;
        var generations = prompts.Select(p => engine.Submit(Requests.Of(p, 5))).ToArray();

        var error = await Assert.ThrowsAsync<GenerationException>(() => Requests.Read(generations[4]));
        Assert.Equal(GenerationError.StepFailed, error.Error);
        Assert.Contains("device says no", error.Message);
        foreach (var i in new[] { 0, 1, 2, 3, 5 })
        {
            var expected = HashModel.Greedy(prompts[i], 5, Small);
            if (!expected[..^1].Contains(60))
                Assert.Equal(expected, await Requests.Ids(generations[i]));
        }
    }

    [Fact]
    public async Task Step_ThrowsForAll_AllFailAndTheEngineLivesOn()
    {
        var broken = true;
        await using var engine = new Engine(new HashModel(Small)
        {
            OnStep = (int _, in StepInputs _) =>
            {
                if (Volatile.Read(ref broken))
                    throw new InvalidOperationException("device is gone");
            },
        });
        var generations = Enumerable.Range(0, 5).Select(i => engine.Submit(Requests.Of([i], 5))).ToArray();
        foreach (var generation in generations)
            Assert.Equal(GenerationError.StepFailed, (await Assert.ThrowsAsync<GenerationException>(() => Requests.Read(generation))).Error);

        Volatile.Write(ref broken, false);
        Assert.Equal(HashModel.Greedy([9], 5, Small), await Requests.Ids(engine.Submit(Requests.Of([9], 5))));
        Assert.Equal(Small.PageCount, engine.Status.FreePages);
    }

    [Fact]
    public async Task Submit_InvalidRequest_ThrowsAndOthersGoOn()
    {
        await using var engine = new Engine(new HashModel(Small));
        var good = engine.Submit(Requests.Of([1, 2], 20));
        Assert.Equal("Prompt", Assert.Throws<RequestException>(() => engine.Submit(Requests.Of(new int[300]))).Field);
        Assert.Equal(HashModel.Greedy([1, 2], 20, Small), await Requests.Ids(good));
    }

    [Fact]
    public async Task Engine_Idle_MakesNoStepAndBurnsNoProcessor()
    {
        var model = new HashModel(Small);
        await using var engine = new Engine(model);
        await Requests.Ids(engine.Submit(Requests.Of([1], 3)));
        var steps = model.Steps;
        var state = await WaitForSleep();
        Assert.Equal(ThreadState.WaitSleepJoin | ThreadState.Background, state);
        Assert.Equal(steps, model.Steps);

        async Task<ThreadState> WaitForSleep()
        {
            for (var i = 0; i < 1000 && !engine.Thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin); i++)
                await Task.Delay(10);
            return engine.Thread.ThreadState;
        }
    }
}
