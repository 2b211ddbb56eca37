namespace KernelDsl.Runtime.Engine;

/// <summary>Chooses what a step computes, by the scheduler's three verbs: Decode, Prefill, Admit.</summary>
interface IStepPolicy
{
    /// <summary>Fills an empty batch.</summary>
    /// <param name="now">Time since any beginning.</param>
    void Fill(Scheduler scheduler, Batch batch, TimeSpan now);
}
