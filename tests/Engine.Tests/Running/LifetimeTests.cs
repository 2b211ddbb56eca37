using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;
using KernelDsl.Testing;

namespace EngineTests.Running;

/// <summary>Cancelling, draining and disposing.</summary>
public class LifetimeTests
{
    static readonly ModelLimits Small = HashModel.SmallLimits;

    /// <summary>A model whose steps happen one by one, when the test says so.</summary>
    sealed class Gate : IDisposable
    {
        readonly SemaphoreSlim _entered = new(0), _open = new(0);

        public Gate() => Model = new HashModel(Small)
        {
            OnStep = (int _, in StepInputs inputs) =>
            {
                Sequences = inputs.Lengths.Length;
                _entered.Release();
                _open.Wait();
            },
        };

        public HashModel Model { get; }

        /// <summary>Sequences of the step that is in the gate.</summary>
        public int Sequences { get; private set; }

        public async Task NextStep() => Assert.True(await _entered.WaitAsync(TimeSpan.FromSeconds(60)));

        public void Open(int steps = 1) => _open.Release(steps);

        public void Dispose()
        {
            _entered.Dispose();
            _open.Dispose();
        }
    }

    [Fact]
    public async Task Cancel_InAStep_FreesTheSequenceBeforeTheNextOne()
    {
        using var gate = new Gate();
        await using var engine = new Engine(gate.Model);
        var first = engine.Submit(Requests.Of([1], 100));
        await gate.NextStep();
        var second = engine.Submit(Requests.Of([2], 100));
        gate.Open();
        await gate.NextStep();
        Assert.Equal(2, gate.Sequences);

        first.Cancel();
        gate.Open();
        await gate.NextStep();

        Assert.Equal(1, gate.Sequences);
        Assert.Equal(Small.PageCount - 1, engine.Status.FreePages);
        var tokens = await Requests.Read(first);
        Assert.Equal(new GeneratedToken(-1, null, FinishReason.Cancelled), tokens[^1]);
        Assert.Equal(HashModel.Greedy([1], 2, Small), tokens[..^1].Select(t => t.Id));
        gate.Open(1000);
        Assert.Equal(HashModel.Greedy([2], 100, Small), await Requests.Ids(second));
    }

    [Fact]
    public async Task Cancel_WhileWaiting_NeverRuns()
    {
        using var gate = new Gate();
        await using var engine = new Engine(gate.Model);
        var running = engine.Submit(Requests.Of([1], 3));
        await gate.NextStep();
        var waiting = engine.Submit(Requests.Of([2], 3));
        Assert.Equal((1, 1), (engine.Status.Running, engine.Status.Waiting));
        waiting.Cancel();
        gate.Open(10);
        Assert.Equal([-1], await Requests.Ids(waiting));
        Assert.Equal(3, (await Requests.Ids(running)).Count);
        Assert.Equal(3, gate.Model.Steps);
    }

    [Fact]
    public async Task Cancel_AfterTheEnd_ChangesNothing()
    {
        await using var engine = new Engine(new HashModel(Small));
        var generation = engine.Submit(Requests.Of([1], 3));
        var tokens = await Requests.Read(generation);
        generation.Cancel();
        generation.Cancel();
        Assert.Equal(3, tokens.Count);
        Assert.Equal(3, (await Requests.Ids(engine.Submit(Requests.Of([1], 3)))).Count);
        Assert.Equal(new EngineStatus(0, 0, Small.PageCount, Small.PageCount), engine.Status);
    }

    [Fact]
    public async Task Storm_ThousandRandomRequests_LeavesNoPageBehindAndWrongsNobody()
    {
        var limits = Small with { ContextLength = 96, PageSize = 4, PageCount = 60 };
        await using var engine = new Engine(new HashModel(limits));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(client => Task.Run(async () =>
        {
            var random = new Random(client);
            var open = new List<Task>();
            for (var i = 0; i < 250; i++)
            {
                var prompt = Requests.Prompt(client * 1000 + i, random.Next(1, 60), limits);
                var count = random.Next(1, 40);
                open.Add(Client(engine.Submit(Requests.Of(prompt, count)), prompt, count, random.Next(0, 3) == 0 ? random.Next(0, count) : null));
                if (open.Count > 12)
                {
                    await Task.WhenAll(open);
                    open.Clear();
                }
            }

            await Task.WhenAll(open);
        })));

        // The engine audits its pool whenever it is idle and stops when the books are wrong.
        Assert.Equal(new EngineStatus(0, 0, 60, 60), engine.Status);
        Assert.True(engine.Preemptions > 0);
        Assert.Equal(HashModel.Greedy([5], 9, limits), await Requests.Ids(engine.Submit(Requests.Of([5], 9))));

        async Task Client(IGeneration generation, int[] prompt, int count, int? cancelAfter)
        {
            var expected = HashModel.Greedy(prompt, Math.Min(count, limits.ContextLength - prompt.Length), limits);
            var seen = 0;
            if (cancelAfter == 0)
                generation.Cancel();
            await foreach (var token in generation.Tokens.ReadAllAsync())
            {
                if (token.Finish == FinishReason.Cancelled)
                {
                    Assert.NotNull(cancelAfter);
                    return;
                }

                Assert.Equal(expected[seen++], token.Id);
                if (seen == cancelAfter)
                    generation.Cancel();
            }

            Assert.Equal(expected.Count, seen);
        }
    }

    [Fact]
    public async Task Drain_WhileRunning_RefusesNewOnesAndWaitsForTheOthers()
    {
        using var gate = new Gate();
        await using var engine = new Engine(gate.Model);
        var running = engine.Submit(Requests.Of([1], 4));
        await gate.NextStep();

        var drained = engine.DrainAsync(CancellationToken.None);
        Assert.Equal(GenerationError.EngineStopped, Assert.Throws<GenerationException>(() => engine.Submit(Requests.Of([2]))).Error);
        Assert.False(drained.IsCompleted);
        gate.Open(10);

        await drained.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(4, (await Requests.Ids(running)).Count);
    }

    [Fact]
    public async Task Drain_Cancelled_StopsWaiting()
    {
        using var gate = new Gate();
        await using var engine = new Engine(gate.Model);
        engine.Submit(Requests.Of([1], 4));
        await gate.NextStep();
        using var patience = new CancellationTokenSource();
        var drained = engine.DrainAsync(patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => drained);
        gate.Open(10);
    }

    [Fact]
    public async Task Drain_Idle_CompletesAtOnce()
    {
        await using var engine = new Engine(new HashModel(Small));
        await engine.DrainAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Dispose_WhileRunning_FailsWhatRunsAndDisposesTheModel()
    {
        using var gate = new Gate();
        var engine = new Engine(gate.Model);
        var running = engine.Submit(Requests.Of([1], 200));
        await gate.NextStep();
        var waiting = engine.Submit(Requests.Of([2], 200));

        var disposed = engine.DisposeAsync();
        gate.Open(1000);
        await disposed;

        foreach (var generation in new[] { running, waiting })
            Assert.Equal(GenerationError.EngineStopped, (await Assert.ThrowsAsync<GenerationException>(() => Requests.Read(generation))).Error);
        Assert.True(gate.Model.IsDisposed);
        running.Cancel();
        Assert.Throws<GenerationException>(() => engine.Submit(Requests.Of([1])));
        await engine.DisposeAsync();
    }

    /// <summary>Returns fewer rows than were asked for: a fault that is neither a request's nor reported by the model.</summary>
    sealed class ShortModel : IModel
    {
        public ModelLimits Limits => Small;

        public StepOutputs Step(scoped in StepInputs inputs) => new() { Logits = [], ArgMax = [] };

        public void Dispose() { }
    }

    [Fact]
    public async Task Fault_InsideTheEngine_StopsItAndSaysSo()
    {
        await using var engine = new Engine(new ShortModel());
        var generation = engine.Submit(Requests.Of([1], 5));

        var error = await Assert.ThrowsAsync<GenerationException>(() => Requests.Read(generation));

        Assert.Equal(GenerationError.EngineStopped, error.Error);
        Assert.Contains("internal error", error.Message);
        await engine.DrainAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Throws<GenerationException>(() => engine.Submit(Requests.Of([1])));
    }
}
