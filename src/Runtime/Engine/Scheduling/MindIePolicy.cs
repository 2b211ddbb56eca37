namespace KernelDsl.Runtime.Engine;

/// <summary>
/// MindIE's schedule (src/scheduler/policy of Ascend/MindIE-LLM): a step is prefill or decode. Prefill comes first whenever a prompt waits and fits, at most
/// so many prompts and tokens together; what is prefilled may have to wait for a place in the decode batch, in which the oldest are. Two rules of it let
/// prefill wait: <see cref="StageRule.Cost"/> (its TptStagePolicy) until the slots that stood empty cost more than the decodes that it would stall,
/// <see cref="StageRule.Deadline"/> (its LatencyStagePolicy) until prompts have the smaller part of their time left.
/// </summary>
sealed class MindIePolicy(SchedulingOptions options) : IStepPolicy
{
    TimeSpan _waste;
    TimeSpan? _lineSince;

    // What is left of a batch of prompts, for which the model may need several steps; no tokens: there is none.
    int _tokensLeft, _promptsLeft;

    public void Fill(Scheduler scheduler, Batch batch, TimeSpan now)
    {
        if (scheduler.NextWaiting is null)
            _lineSince = null;
        else
            _lineSince ??= now;

        if (_tokensLeft == 0 && (IsPrefilling(scheduler) || Prefers(scheduler, now)))
            (_tokensLeft, _promptsLeft) = (options.MaxPrefillTokens, options.MaxPrefillBatch);
        if (_tokensLeft > 0)
            Prefill(scheduler, batch);
        if (batch.Count == 0)
            scheduler.Decode(batch);
    }

    /// <summary>A prompt that did not fit into one batch goes on in the next.</summary>
    static bool IsPrefilling(Scheduler scheduler)
    {
        for (var i = 0; i < scheduler.Running.Count; i++)
        {
            if (scheduler.Running[i].Pending > 1)
                return true;
        }

        return false;
    }

    bool Prefers(Scheduler scheduler, TimeSpan now)
    {
        if (scheduler.NextWaiting is not { } first)
        {
            _waste = TimeSpan.Zero;
            return false;
        }

        // A batch that can still fill up waits a little.
        if (scheduler.Waiting.Count < options.MaxPrefillBatch && now - _lineSince < options.MaxQueueDelay)
            return false;
        return options.Stage switch
        {
            StageRule.Cost => IsWorthIt(scheduler),
            StageRule.Deadline => IsMoreUrgent(scheduler, now - first.Arrived),
            _ => true,
        };
    }

    bool IsWorthIt(Scheduler scheduler)
    {
        var running = scheduler.Running.Count;
        _waste += options.DecodeTime * (scheduler.MaxDecodeBatch - running);
        if (options.PrefillTime * running > _waste)
            return false;
        _waste = TimeSpan.Zero;
        return true;
    }

    bool IsMoreUrgent(Scheduler scheduler, TimeSpan waited)
    {
        var running = Math.Min(scheduler.Running.Count, scheduler.MaxDecodeBatch);
        if (running == 0)
            return true;
        var tokens = scheduler.Waiting.Take(options.MaxPrefillBatch).Sum(sequence => (long)sequence.Length);
        var prefill = Math.Min(tokens, options.MaxPrefillTokens) * scheduler.Times.PerPromptToken;
        return Laxity(options.PrefillExpected, waited.TotalSeconds + prefill) < Laxity(options.DecodeExpected, scheduler.Times.Decode(running));
    }

    /// <summary>The part of the time that will be left; none of no time.</summary>
    static double Laxity(TimeSpan expected, double seconds) => expected == TimeSpan.Zero ? 0 : 1 - seconds / expected.TotalSeconds;

    void Prefill(Scheduler scheduler, Batch batch)
    {
        _tokensLeft -= scheduler.Prefill(batch, _tokensLeft);
        var admitted = 0;
        while (_tokensLeft > 0 && batch.Count < options.MaxPrefillBatch && admitted < _promptsLeft && scheduler.NextWaiting is not null)
        {
            var taken = scheduler.Admit(batch, _tokensLeft);
            if (taken == 0)
                break;
            _tokensLeft -= taken;
            admitted++;
        }

        _promptsLeft -= admitted;
        // Only a full step leaves something for the next one.
        if (batch.Tokens < scheduler.MaxTokens)
            _tokensLeft = 0;
    }
}
