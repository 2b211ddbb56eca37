using CsCheck;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;
using KernelDsl.Testing;

namespace EngineTests.Scheduling;

/// <summary>The policies: MindIE's rules one by one, and that no policy, bound or order of arrival changes an answer.</summary>
public class PolicyTests
{
    static readonly ModelLimits Limits = HashModel.SmallLimits with { ContextLength = 64, PageSize = 4, PageCount = 200, MaxTokens = 40, MaxSequences = 8, MaxLogitRows = 16 };

    static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    readonly Batch _batch = new();

    static SchedulingOptions MindIe => new() { Policy = SchedulingPolicy.MindIe, MaxQueueDelay = TimeSpan.Zero };

    [Fact]
    public void MindIe_PromptsWait_ArePrefilledFirstAndAlone()
    {
        var scheduler = New(MindIe);
        scheduler.Enqueue(Requests.Sequence(5, 9, order: 0));
        Assert.Equal(5, Step(scheduler));
        scheduler.Enqueue(Requests.Sequence(7, 9, order: 1));
        scheduler.Enqueue(Requests.Sequence(6, 9, order: 2));
        Assert.Equal(13, Step(scheduler));
        Assert.Equal(3, Step(scheduler));
    }

    [Theory]
    [InlineData(1, 8192, 1)]
    [InlineData(2, 8192, 2)]
    [InlineData(50, 11, 2)]
    [InlineData(50, 8192, 5)]
    public void MindIe_PrefillBatch_IsBoundedByPromptsAndTokens(int prompts, int tokens, int sequences)
    {
        var scheduler = New(MindIe with { MaxPrefillBatch = prompts, MaxPrefillTokens = tokens });
        for (var i = 0; i < 5; i++)
            scheduler.Enqueue(Requests.Sequence(6, 9, order: i));
        Step(scheduler);
        Assert.Equal(sequences, _batch.Count);
    }

    [Fact]
    public void MindIe_DecodeBatch_HasTheOldest_AndTheOthersAreParked()
    {
        var scheduler = New(MindIe with { MaxDecodeBatch = 1 });
        for (var i = 0; i < 3; i++)
            scheduler.Enqueue(Requests.Sequence(5, 9, order: i));
        Assert.Equal(15, Step(scheduler));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(1, Step(scheduler));
            Assert.Equal(0, _batch[0].Sequence.Order);
        }
    }

    [Fact]
    public void MindIe_QueueDelay_LetsABatchFillUnlessItIsFull()
    {
        var scheduler = New(MindIe with { MaxQueueDelay = 5 * Millisecond, MaxPrefillBatch = 2 });
        scheduler.Enqueue(Requests.Sequence(5, 9, order: 0));
        Assert.Equal(0, Step(scheduler, 100 * Millisecond));
        Assert.Equal(0, Step(scheduler, 104 * Millisecond));
        Assert.Equal(5, Step(scheduler, 105 * Millisecond));
        scheduler.Enqueue(Requests.Sequence(5, 9, order: 1));
        scheduler.Enqueue(Requests.Sequence(5, 9, order: 2));
        Assert.Equal(10, Step(scheduler, 106 * Millisecond));
    }

    /// <summary>TptStagePolicy: 8 slots, one runs. A step wastes 7 · 50 ms = 350, a prefill costs 1 · 400: it waits for the second step.</summary>
    [Fact]
    public void MindIe_SelectBatch_PrefillsWhenTheWasteExceedsTheCost()
    {
        var scheduler = New(MindIe with { Stage = StageRule.Cost, PrefillTime = 400 * Millisecond, DecodeTime = 50 * Millisecond });
        scheduler.Enqueue(Requests.Sequence(5, 30, order: 0));
        Assert.Equal(5, Step(scheduler));
        scheduler.Enqueue(Requests.Sequence(6, 9, order: 1));
        Assert.Equal(1, Step(scheduler));
        Assert.Equal(6, Step(scheduler));
        // With two running a step wastes 300 of 800: the third one prefills.
        scheduler.Enqueue(Requests.Sequence(7, 9, order: 2));
        Assert.Equal([2, 2, 7], (int[])[Step(scheduler), Step(scheduler), Step(scheduler)]);
    }

    /// <summary>A batch of 80 tokens is two steps of 40, and one decision: the cost is not weighed again between them.</summary>
    [Fact]
    public void MindIe_BatchLargerThanAStep_IsTakenInSeveral()
    {
        var scheduler = New(MindIe with { Stage = StageRule.Cost, PrefillTime = 400 * Millisecond, MaxPrefillTokens = 80 });
        for (var i = 0; i < 3; i++)
            scheduler.Enqueue(Requests.Sequence(40, 9, order: i));
        Assert.Equal([40, 40, 2], (int[])[Step(scheduler), Step(scheduler), Step(scheduler)]);
    }

    /// <summary>LatencyStagePolicy: a step of 40 ms leaves answers a fifth of their 50 ms; a prompt has that left of its 1500 ms after 1200, of which 5 tokens of 20 ms are to come.</summary>
    [Theory]
    [InlineData(1099, 1)]
    [InlineData(1101, 5)]
    public void MindIe_Deadline_TakesWhatHasLessOfItsTimeLeft(int waited, int tokens)
    {
        var scheduler = New(MindIe with { Stage = StageRule.Deadline });
        scheduler.Enqueue(Requests.Sequence(5, 9, order: 0));
        Step(scheduler);
        scheduler.Times.Observe(1, 0, 0.040);
        scheduler.Times.Observe(0, 100, 2);
        var now = TimeSpan.FromSeconds(9);
        scheduler.Enqueue(Requests.Sequence(5, 9, order: (now - waited * Millisecond + 4 * GenerationRequest.PriorityWeight).Ticks, stem: 1));
        Assert.Equal(tokens, Step(scheduler, now));
    }

    [Fact]
    public void StallFree_UnknownTimes_TakesALittleOfPromptsBesideDecodes()
    {
        var scheduler = New(new());
        scheduler.Enqueue(Requests.Sequence(5, 30, order: 0));
        Step(scheduler);
        scheduler.Enqueue(Requests.Sequence(40, 9, order: 1));
        Assert.Equal(1 + 16, Step(scheduler));
    }

    [Fact]
    public void Answers_AnyPolicyAndOrder_AreThoseOfTheDefinition() => Gen.Select(
        Gen.Int[1, 40].Array[1, 20], Gen.Bool, Gen.Int[1, 8], Gen.Int[1, 8], Gen.Int[0, 8], Gen.Int[20, 80], Gen.Enum<StageRule>()).Sample((prompts, mindIe, decodes, prefills, swapped, pages, select) =>
    {
        var limits = Limits with { PageCount = pages };
        var engine = new Engine(new HashModel(limits), maxDraft: 4, scheduling: new()
        {
            Policy = mindIe ? SchedulingPolicy.MindIe : SchedulingPolicy.StallFree,
            MaxDecodeBatch = decodes,
            MaxPrefillBatch = prefills,
            MaxPrefillTokens = 4 * prefills,
            MaxSwapped = swapped,
            Stage = select,
            MaxGap = select is StageRule.Cost ? TimeSpan.FromMicroseconds(1) : null,
            PrefixCache = decodes % 2 == 0,
        });
        var generations = prompts.Select((length, i) => (Prompt: Requests.Prompt(i % 5, length, limits), Generation: engine.Submit(Requests.Of(Requests.Prompt(i % 5, length, limits), 20) with { Priority = 1 + i % 5 }))).ToArray();
        foreach (var (prompt, generation) in generations)
            Assert.Equal(HashModel.Greedy(prompt, 20, limits), Requests.Ids(generation).GetAwaiter().GetResult());
        Assert.Equal(new EngineStatus(0, 0, pages, pages), engine.Status);
        engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }, iter: 60);

    static Scheduler New(SchedulingOptions options) => new(new PagePool(Limits.PageCount, Limits.PageSize), Limits, options);

    /// <summary>One step; its tokens.</summary>
    int Step(Scheduler scheduler, TimeSpan? now = null)
    {
        scheduler.Schedule(_batch, now ?? TimeSpan.FromSeconds(1));
        for (var i = 0; i < _batch.Count; i++)
        {
            var slice = _batch[i];
            slice.Sequence.Advance(slice.Count);
            if (slice.Completes)
                slice.Sequence.Append(1);
        }

        return _batch.Tokens;
    }
}
