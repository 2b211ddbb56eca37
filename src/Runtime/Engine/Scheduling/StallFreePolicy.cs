namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Nobody who has begun to answer is kept waiting: every step has a token of each sequence that decodes, and then as much of prompts as the
/// measured times allow within the gap (chunked prefill mixed with decode, after Sarathi-Serve, OSDI 2024). No more sequences run than a step holds, so that what has
/// been prefilled decodes at once.
/// </summary>
sealed class StallFreePolicy(TimeSpan? maxGap) : IStepPolicy
{
    public void Fill(Scheduler scheduler, Batch batch, TimeSpan now)
    {
        var running = scheduler.Running;
        var preemptions = scheduler.Preemptions;
        scheduler.Decode(batch);
        var soon = Math.Min(scheduler.MaxDecodeBatch, running.Count + scheduler.Waiting.Count);
        var budget = scheduler.Times.PromptBudget(batch.Count, soon, maxGap);
        budget -= scheduler.Prefill(batch, budget);
        // Pages were short in this step already.
        if (scheduler.Preemptions > preemptions)
            return;
        while (budget > 0 && scheduler.NextWaiting is not null && running.Count < scheduler.MaxDecodeBatch)
        {
            var taken = scheduler.Admit(batch, budget);
            if (taken == 0)
                return;
            budget -= taken;
        }
    }
}
