using CsCheck;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;
using KernelDsl.Testing;

namespace EngineTests.Scheduling;

/// <summary>The scheduler against a simulated world: time is the number of the step, computing is advancing.</summary>
public class SchedulerTests
{
    static readonly ModelLimits Limits = HashModel.SmallLimits with { ContextLength = 64, PageSize = 4, PageCount = 16, MaxTokens = 8, MaxSequences = 4, MaxLogitRows = 6 };

    static readonly Gen<(int Arrival, int Prompt, int Output, bool Scores, int Stem)[]> Arrivals =
        Gen.Select(Gen.Int[0, 40], Gen.Int[1, 60], Gen.Int[1, 30], Gen.Bool, Gen.Int[0, 8]).Array[1, 25];

    static readonly Gen<SchedulingOptions> AnyOptions =
        from mindIe in Gen.Bool
        from decodes in Gen.Int[1, 6]
        from prefills in Gen.Int[1, 5]
        from tokens in Gen.Int[1, 60]
        from delay in Gen.Int[0, 3]
        from stage in Gen.Enum<StageRule>()
        from gap in Gen.Int[1, 8]
        select new SchedulingOptions
        {
            Policy = mindIe ? SchedulingPolicy.MindIe : SchedulingPolicy.StallFree,
            MaxGap = mindIe ? null : TimeSpan.FromSeconds(gap),
            MaxDecodeBatch = decodes,
            MaxPrefillBatch = prefills,
            MaxPrefillTokens = tokens,
            MaxQueueDelay = TimeSpan.FromSeconds(delay),
            Stage = stage,
        };

    static readonly Gen<ModelLimits> AnyLimits =
        from sequences in Gen.Int[1, 6]
        from tokens in Gen.Int[0, 40]
        from rows in Gen.Int[0, 10]
        from size in Gen.Int[1, 16]
        from spare in Gen.Int[0, 30]
        select Limits with
        {
            MaxSequences = sequences,
            MaxTokens = sequences + tokens,
            MaxLogitRows = sequences + rows,
            PageSize = size,
            PageCount = (64 + size - 1) / size + spare,
        };

    [Fact]
    public void Schedule_AnyArrivals_KeepsItsPromisesAtEveryStep() => Gen.Select(AnyLimits, AnyOptions, Arrivals).Sample((limits, options, arrivals) =>
    {
        var world = new World(limits, options);
        var line = arrivals.OrderBy(a => a.Arrival).Select((a, i) =>
            (a.Arrival, Sequence: Requests.Sequence(a.Prompt, a.Output, order: i, limits.ContextLength, a.Scores, a.Stem))).ToArray();

        var next = 0;
        // Each step computes at least one token of the oldest sequence, so this bound is never reached unless one starves.
        for (var step = 0; next < line.Length || !world.Scheduler.IsIdle; step++)
        {
            Assert.InRange(step, 0, 41 + line.Length * (2 * limits.ContextLength + 4));
            while (next < line.Length && line[next].Arrival <= step)
                world.Scheduler.Enqueue(line[next++].Sequence);
            if (!world.Scheduler.IsIdle)
                world.Step();
        }

        Assert.All(line, l => Assert.True(l.Sequence.Length == l.Sequence.MaxLength && l.Sequence.Scored == l.Sequence.ToScore));
        Assert.Equal(limits.PageCount, world.Pool.Free);
    }, iter: 300);

    [Fact]
    public void Schedule_DecodingAndALongPrompt_MixesThemWithinTheBudget()
    {
        var world = new World(Limits);
        var (first, second) = (Requests.Sequence(3, 20, order: 0), Requests.Sequence(20, 20, order: 1));
        world.Scheduler.Enqueue(first);
        world.Step();
        world.Scheduler.Enqueue(second);

        var batch = world.Step();

        Assert.Equal([second, first], Enumerable.Range(0, batch.Count).Select(i => batch[i].Sequence));
        Assert.Equal([7, 1], Enumerable.Range(0, batch.Count).Select(i => batch[i].Count));
    }

    [Fact]
    public void Schedule_PromptsThatBeginAlikeAndComeTogether_ComputeTheirFullPagesOnce()
    {
        var world = new World(Limits with { MaxTokens = 512, PageCount = 64 });
        Sequence[] line = [.. ((int[])[18, 18, 40, 11]).Select((length, i) => Requests.Sequence(length, 9, order: i, stem: 7))];
        foreach (var sequence in line)
            world.Scheduler.Enqueue(sequence);

        Assert.Equal([18], Counts(world.Step()));
        // The third one computes what the fourth one begins with no more than the first did: 8 of its 11 tokens are known.
        Assert.Equal([2, 24, 3, 1], Counts(world.Step()));
        Assert.Equal([0, 16, 16, 8], line.Select(s => s.CachedTokens));
        Assert.Equal(world.Pool.Total - (5 + 1 + 6 + 1), world.Pool.Free);

        static IEnumerable<int> Counts(Batch batch) => Enumerable.Range(0, batch.Count).Select(i => batch[i].Count);
    }

    [Fact]
    public void Schedule_PromptWhoseScoresAreWanted_WaitsForNobody()
    {
        var world = new World(Limits with { MaxTokens = 64, PageCount = 64, MaxLogitRows = 64 });
        world.Scheduler.Enqueue(Requests.Sequence(18, 9, order: 0, stem: 7));
        world.Scheduler.Enqueue(Requests.Sequence(18, 9, order: 1, scores: true, stem: 7));
        Assert.Equal(2, world.Step().Count);
    }

    [Fact]
    public void Schedule_NoPageLeft_PreemptsTheYoungestAndRecomputesItLater()
    {
        var world = new World(Limits with { MaxTokens = 64 });
        var (older, younger) = (Requests.Sequence(28, 36, order: 0), Requests.Sequence(28, 30, order: 1));
        world.Scheduler.Enqueue(older);
        world.Scheduler.Enqueue(younger);

        while (world.Scheduler.Preemptions == 0)
            world.Step();

        Assert.Equal([older], world.Scheduler.Running);
        Assert.Equal([younger], world.Scheduler.Waiting);
        Assert.Equal((0, 0), (younger.PageCount, younger.Computed));
        Assert.True(younger.Length > younger.PromptLength);
        while (!world.Scheduler.IsIdle)
            world.Step();
        Assert.Equal((64, 58), (older.Length, younger.Length));
    }

    [Fact]
    public void Remove_RunningOrWaiting_FreesWhatItHolds()
    {
        var world = new World(Limits with { MaxSequences = 1 });
        var (running, waiting) = (Requests.Sequence(9, 9, order: 0), Requests.Sequence(9, 9, order: 1));
        world.Scheduler.Enqueue(running);
        world.Scheduler.Enqueue(waiting);
        world.Step();

        world.Scheduler.Remove(waiting);
        Assert.False(world.Scheduler.IsIdle);
        world.Scheduler.Remove(running);

        Assert.True(world.Scheduler.IsIdle);
        Assert.Equal(Limits.PageCount, world.Pool.Free);
    }

    [Fact]
    public void Scheduler_PoolSmallerThanOneSequence_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Scheduler(new PagePool(15, 4), Limits));

    sealed class World
    {
        readonly ModelLimits _limits;
        readonly Batch _batch = new();

        readonly SchedulingOptions _options;
        int _time;

        public World(ModelLimits limits, SchedulingOptions? options = null)
        {
            _limits = limits;
            _options = options ?? new();
            Pool = new PagePool(limits.PageCount, limits.PageSize, prefixCache: true);
            Scheduler = new Scheduler(Pool, limits, _options);
        }

        public PagePool Pool { get; }

        public Scheduler Scheduler { get; }

        public Batch Step()
        {
            var waitingBefore = Scheduler.Waiting.ToHashSet();
            Scheduler.Schedule(_batch, TimeSpan.FromSeconds(_time++));
            if (_batch.Count == 0)
            {
                // Only MindIE's policy waits for more prompts, and only when nobody runs.
                Assert.True(_options.Policy == SchedulingPolicy.MindIe && Scheduler.Running.Count == 0 && waitingBefore.Count > 0);
                return _batch;
            }

            Check(waitingBefore);
            for (var i = 0; i < _batch.Count; i++)
            {
                var slice = _batch[i];
                slice.Sequence.Advance(slice.Count);
                Scheduler.Computed(slice.Sequence);
                if (slice.Completes && slice.Sequence.Append(1) is not null)
                    Scheduler.Remove(slice.Sequence);
            }

            Pool.Audit(Scheduler.Running);
            return _batch;
        }

        void Check(HashSet<Sequence> waitingBefore)
        {
            var slices = Enumerable.Range(0, _batch.Count).Select(i => _batch[i]).ToArray();
            Assert.NotEmpty(slices);
            Assert.InRange(slices.Sum(s => s.Count), 1, _limits.MaxTokens);
            Assert.InRange(slices.Sum(s => s.LogitRows), 0, _limits.MaxLogitRows);
            Assert.InRange(slices.Length, 1, _limits.MaxSequences);
            // One that comes back after a preemption is computed as a prompt, and may have nothing but its last token to compute.
            var decodes = slices.Count(s => s is { Known: 1, Completes: true } && s.Sequence.Length > s.Sequence.PromptLength && !waitingBefore.Contains(s.Sequence));
            Assert.InRange(decodes, 0, _options.MaxDecodeBatch ?? int.MaxValue);
            Assert.Equal(slices.Length, slices.Select(s => s.Sequence).Distinct().Count());
            Assert.All(slices, s => Assert.Contains(s.Sequence, Scheduler.Running));
            Assert.All(slices, s => Assert.True(s.Sequence.PageCount * _limits.PageSize >= s.End));
            Assert.Equal(slices.Select(s => s.Count == 1).Order(), slices.Select(s => s.Count == 1));
            // First come, first served: everyone inside came before everyone outside, and the oldest moves.
            var line = Scheduler.Running.Concat(Scheduler.Waiting).Select(s => s.Order).ToArray();
            Assert.Equal(line.Order(), line);
            if (_options.Policy == SchedulingPolicy.MindIe)
            {
                // Prompts or decodes; prompts within their bounds.
                var prompts = slices.Where(s => s.Sequence.Length == s.Sequence.PromptLength || s.Count > 1 || !s.Completes).ToArray();
                Assert.InRange(prompts.Sum(s => s.Count), 0, Math.Max(_options.MaxPrefillTokens, prompts.Length));
                return;
            }

            Assert.InRange(Scheduler.Running.Count, 1, _options.MaxDecodeBatch ?? _limits.MaxSequences);
            Assert.Contains(slices, s => s.Sequence == Scheduler.Running[0]);
            // Whoever decodes gets a token in every step.
            Assert.All(Scheduler.Running.Where(s => s.Pending == 1), s => Assert.Contains(slices, slice => slice.Sequence == s));
        }
    }
}
