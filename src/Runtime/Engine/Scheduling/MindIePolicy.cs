namespace KernelDsl.Runtime.Engine;

/// <summary>
/// MindIE's schedule (src/scheduler/policy of Ascend/MindIE-LLM): a step is prefill or decode. Prefill comes first whenever a prompt waits and fits, at most
/// so many prompts and tokens together; what is prefilled may have to wait for a place in the decode batch, in which the oldest are. With
/// supportSelectBatch (its TptStagePolicy) prefill waits until the slots that stood empty cost more than the decodes that it would stall.
/// </summary>
sealed class MindIePolicy(SchedulingOptions options) : IStepPolicy
{
    TimeSpan _waste;
    TimeSpan? _lineSince;

    public void Fill(Scheduler scheduler, Batch batch, TimeSpan now)
    {
        if (scheduler.NextWaiting is null)
            _lineSince = null;
        else
            _lineSince ??= now;

        if (IsPrefilling(scheduler) || Prefers(scheduler, now))
            Prefill(scheduler, batch);
        if (batch.Count == 0)
            scheduler.Decode(batch);
    }

    /// <summary>Prompts that did not fit into one step of the model go on in the next.</summary>
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
        if (scheduler.NextWaiting is null)
        {
            _waste = TimeSpan.Zero;
            return false;
        }

        // A batch that can still fill up waits a little.
        if (scheduler.Waiting.Count < options.MaxPrefillBatch && now - _lineSince < options.MaxQueueDelay)
            return false;
        if (!options.SelectBatch)
            return true;

        var running = scheduler.Running.Count;
        _waste += options.DecodeTime * (scheduler.MaxDecodeBatch - running);
        if (options.PrefillTime * running > _waste)
            return false;
        _waste = TimeSpan.Zero;
        return true;
    }

    void Prefill(Scheduler scheduler, Batch batch)
    {
        var budget = Math.Min(options.MaxPrefillTokens, scheduler.MaxTokens);
        budget -= scheduler.Prefill(batch, budget);
        while (budget > 0 && batch.Count < options.MaxPrefillBatch && scheduler.NextWaiting is not null)
        {
            var taken = scheduler.Admit(batch, budget);
            if (taken == 0)
                break;
            budget -= taken;
        }
    }
}
