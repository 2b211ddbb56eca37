using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;
using KernelDsl.Testing;
using EngineTests.Speculation;

namespace EngineTests.Running;

/// <summary>Bounded line, priorities, timeouts, readers that are behind.</summary>
public class AdmissionTests
{
    static readonly ModelLimits Small = HashModel.SmallLimits;

    [Fact]
    public async Task Submit_LineFull_IsRefusedWithATimeToComeAgain()
    {
        using var open = new SemaphoreSlim(0);
        await using var engine = new Engine(new HashModel(Small with { MaxSequences = 2 }) { OnStep = (int _, in StepInputs _) => open.Wait() },
            scheduling: new() { MaxQueued = 3 });
        var running = Enumerable.Range(0, 2).Select(i => engine.Submit(Requests.Of([i]))).ToArray();
        open.Release(2);
        while (engine.Status.Running < 2)
            await Task.Yield();
        var waiting = Enumerable.Range(2, 3).Select(i => engine.Submit(Requests.Of([i]))).ToArray();

        var refusal = Assert.Throws<GenerationException>(() => engine.Submit(Requests.Of([9])));

        Assert.Equal(GenerationError.Overloaded, refusal.Error);
        Assert.True(refusal.RetryAfter > TimeSpan.Zero);
        Assert.Contains("3 requests wait", refusal.Message);
        Assert.Equal(1, engine.Counters.Refused);
        open.Release(1000);
        foreach (var (generation, i) in running.Concat(waiting).Select((g, i) => (g, i)))
            Assert.Equal(HashModel.Greedy([i], 8, Small), await Requests.Ids(generation));
        Assert.Equal(HashModel.Greedy([9], 8, Small), await Requests.Ids(engine.Submit(Requests.Of([9]))));
    }

    [Fact]
    public async Task Priority_OneWaitingLine_TheUrgentGoFirstAndEqualsInOrder()
    {
        using var open = new SemaphoreSlim(0);
        var order = new List<int>();
        await using var engine = new Engine(new HashModel(Small with { MaxSequences = 1 })
        {
            OnStep = (int _, in StepInputs inputs) =>
            {
                order.Add(inputs.Tokens[0]);
                open.Wait();
            },
        }, clock: new ManualClock());
        var first = engine.Submit(Requests.Of([0], 1));
        while (engine.Status.Running == 0)
            await Task.Yield();
        int[] priorities = [5, 3, 5, 1, 3];
        var rest = priorities.Select((p, i) => engine.Submit(Requests.Of([i + 1], 1) with { Priority = p })).ToArray();
        open.Release(100);
        await Task.WhenAll(rest.Append(first).Select(Requests.Ids));
        Assert.Equal([0, 4, 2, 5, 1, 3], order);
    }

    [Fact]
    public async Task Priority_LongWait_OutweighsIt()
    {
        using var open = new SemaphoreSlim(0);
        var order = new List<int>();
        var clock = new ManualClock();
        await using var engine = new Engine(new HashModel(Small with { MaxSequences = 1 })
        {
            OnStep = (int _, in StepInputs inputs) =>
            {
                order.Add(inputs.Tokens[0]);
                open.Wait();
            },
        }, clock: clock);
        var first = engine.Submit(Requests.Of([0], 1));
        while (engine.Status.Running == 0)
            await Task.Yield();
        var patient = engine.Submit(Requests.Of([1], 1));
        clock.Advance(4 * GenerationRequest.PriorityWeight.TotalSeconds + 1);
        var urgent = engine.Submit(Requests.Of([2], 1) with { Priority = 1 });
        open.Release(100);
        await Task.WhenAll(new[] { first, patient, urgent }.Select(Requests.Ids));
        Assert.Equal([0, 1, 2], order);
    }

    [Fact]
    public async Task Timeout_RunningOrWaiting_EndsThatRequestOnly()
    {
        var clock = new ManualClock();
        await using var engine = new Engine(new HashModel(Small with { MaxSequences = 2 })
        {
            OnStep = (int _, in StepInputs _) => clock.Advance(1),
        }, maxDraft: 0, clock: clock);
        var slow = engine.Submit(Requests.Of([1], 200) with { Timeout = TimeSpan.FromSeconds(20.5) });
        var other = engine.Submit(Requests.Of([2], 100));
        var waits = engine.Submit(Requests.Of([3], 100) with { Timeout = TimeSpan.FromSeconds(10.5) });

        Assert.Equal(HashModel.Greedy([2], 100, Small), await Requests.Ids(other));
        foreach (var late in new[] { slow, waits })
            Assert.Equal(GenerationError.TimedOut, (await Assert.ThrowsAsync<GenerationException>(() => Requests.Read(late))).Error);
        Assert.Equal(2, engine.Counters.TimedOut);
        Assert.Equal(new EngineStatus(0, 0, Small.PageCount, Small.PageCount), engine.Status);
    }

    [Fact]
    public async Task Reader_ThatIsBehind_HoldsUpItsOwnSequenceOnly()
    {
        var limits = Small with { ContextLength = 2000 };
        await using var engine = new Engine(new HashModel(limits), maxDraft: 0, scheduling: new() { MaxUnread = 256 });
        var unread = engine.Submit(Requests.Of([1], 900));
        Assert.Equal(HashModel.Greedy([2], 900, limits), await Requests.Ids(engine.Submit(Requests.Of([2], 900))));

        // It stopped at the bound, long before its end, and goes on when it is read.
        Assert.Equal(1, engine.Status.Running);
        Assert.Equal(256, unread.Tokens.Count);
        Assert.Equal(HashModel.Greedy([1], 900, limits), await Requests.Ids(unread));
    }

    [Fact]
    public async Task Tokens_SayWhatTheirStepWasLike()
    {
        var clock = new ManualClock();
        await using var engine = new Engine(new HashModel(Small) { OnStep = (int _, in StepInputs _) => clock.Advance(1) }, maxDraft: 0, clock: clock);
        var tokens = await Requests.Read(engine.Submit(Requests.Of([1], 3)));
        Assert.All(tokens, t => Assert.Equal((1, TimeSpan.FromSeconds(1)), (t.Step.Sequences, t.Step.Elapsed)));
        Assert.All(tokens, t => Assert.Equal(TimeSpan.Zero, t.Step.Waited));
        Assert.Equal((3, 3, 3.0), (engine.Counters.Steps, engine.Counters.GeneratedTokens, engine.Counters.StepSeconds));
    }
}
