using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;
using KernelDsl.Testing;

namespace EngineTests.Running;

/// <summary>Sequences that give their pages up keep them in host memory, within its bounds, and go on as if nothing had been.</summary>
public class SwapTests
{
    // Room for one full sequence and a quarter.
    static readonly ModelLimits Small = HashModel.SmallLimits with { PageSize = 4, PageCount = 80 };

    [Theory]
    [InlineData(16, 1 << 20, true)]
    [InlineData(1, 1 << 20, true)]
    [InlineData(16, 64, true)]
    [InlineData(16, 15, false)]
    [InlineData(0, 1 << 20, false)]
    public async Task Preempted_WithRoomOnTheHost_IsCopiedAndNotComputedAgain(int sequences, int bytes, bool swaps)
    {
        await using var engine = new Engine(new HashModel(Small), maxDraft: 0,
            scheduling: new() { MaxSwapped = sequences, SwapBytes = bytes, PrefixCache = false });
        int[][] prompts = [.. Enumerable.Range(0, 12).Select(i => Requests.Prompt(i, 5 + i))];

        var outputs = await Task.WhenAll(prompts.Select(p => Requests.Ids(engine.Submit(Requests.Of(p, maxTokens: 120)))));

        for (var i = 0; i < prompts.Length; i++)
            Assert.Equal(HashModel.Greedy(prompts[i], 120, Small), outputs[i]);
        Assert.True(engine.Preemptions > 0);
        // 64 bytes are four pages of four ids: only short sequences fit, and there are some at the beginning at most.
        if (bytes > 64 || !swaps)
            Assert.Equal(swaps, engine.Counters.Swaps > 0);
        Assert.Equal(new EngineStatus(0, 0, Small.PageCount, Small.PageCount), engine.Status);
    }

    [Fact]
    public async Task Swapped_WithAllCopied_NothingIsComputedTwice()
    {
        var computed = 0;
        await using var engine = new Engine(new HashModel(Small) { OnStep = (int _, in StepInputs inputs) => computed += inputs.Tokens.Length }, maxDraft: 0,
            scheduling: new() { MaxSwapped = 100, PrefixCache = false });
        int[][] prompts = [.. Enumerable.Range(0, 12).Select(i => Requests.Prompt(i, 10))];

        await Task.WhenAll(prompts.Select(p => Requests.Ids(engine.Submit(Requests.Of(p, maxTokens: 100)))));

        Assert.True(engine.Preemptions > 0);
        Assert.Equal(engine.Preemptions, engine.Counters.Swaps);
        Assert.Equal(12 * (10 + 99), computed);
    }

    [Fact]
    public async Task Swapped_Cancelled_FreesTheHostsMemoryToo()
    {
        await using var engine = new Engine(new HashModel(Small), maxDraft: 0, scheduling: new() { MaxSwapped = 100 });
        var generations = Enumerable.Range(0, 12).Select(i => engine.Submit(Requests.Of(Requests.Prompt(i, 10), 200))).ToArray();
        while (engine.Status.Swapped == 0)
            await Task.Yield();
        foreach (var generation in generations)
            generation.Cancel();
        foreach (var generation in generations)
            await Requests.Read(generation);
        Assert.Equal(new EngineStatus(0, 0, Small.PageCount, Small.PageCount), engine.Status);
    }
}
