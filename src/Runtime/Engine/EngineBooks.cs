namespace KernelDsl.Runtime.Engine;

/// <summary>What an engine has done: written by its thread, read by any.</summary>
sealed class EngineBooks
{
    readonly Lock _lock = new();
    EngineCounters _counters;
    TimeSpan? _stepBegan;

    /// <summary>A copy, with the time that the step now in the model has taken.</summary>
    public EngineCounters Read(TimeSpan now)
    {
        lock (_lock)
            return _counters with { StepElapsed = now - _stepBegan };
    }

    /// <summary>A sequence has its first tokens in a step.</summary>
    public void SequenceBegan(int promptTokens, int cachedTokens)
    {
        lock (_lock)
            _counters = _counters with { PromptTokens = _counters.PromptTokens + promptTokens, CachedTokens = _counters.CachedTokens + cachedTokens };
    }

    /// <summary>A request's time was up.</summary>
    public void TimedOut()
    {
        lock (_lock)
            _counters = _counters with { TimedOut = _counters.TimedOut + 1 };
    }

    /// <summary>The model has a step.</summary>
    public void StepBegan(TimeSpan now, Scheduler scheduler, PagePool pool)
    {
        lock (_lock)
        {
            _stepBegan = now;
            _counters = _counters with { Preemptions = scheduler.Preemptions, Swaps = scheduler.Swaps, CachedPages = pool.Cached };
        }
    }

    /// <summary>It is back, with so many tokens.</summary>
    public void StepEnded(double seconds, int generated)
    {
        lock (_lock)
        {
            _stepBegan = null;
            _counters = _counters with
            {
                Steps = _counters.Steps + 1,
                GeneratedTokens = _counters.GeneratedTokens + generated,
                StepSeconds = _counters.StepSeconds + seconds,
            };
        }
    }
}
