using KernelDsl.Runtime.Model;

namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Drives a model: requests come in from any thread (<see cref="Reception"/>), one thread of its own schedules and computes step after step
/// (<see cref="Scheduler"/>, <see cref="StepExecutor"/>), and sleeps when there is nothing to do. Owns the model.
/// </summary>
public sealed class Engine : IEngine
{
    const int MaxTopLogProbs = 20;

    readonly IModel _model;
    readonly PagePool _pool;
    readonly Scheduler _scheduler;
    readonly Speculator? _speculator;
    readonly StepExecutor _executor;
    readonly Reception _reception;
    readonly TimeProvider _clock;
    readonly long _epoch;
    readonly int _maxUnread;
    readonly EngineBooks _books = new();
    readonly Batch _batch = new();
    readonly Dictionary<Sequence, Generation> _generations = [];
    int _modelDisposed;

    /// <summary>Starts the engine's thread.</summary>
    /// <param name="maxDraft">Most guesses per sequence and step, as <see cref="EngineOptions.MaxDraft"/>.</param>
    /// <param name="clock">Measures the steps; null: the system's.</param>
    /// <param name="scheduling">Null: the defaults.</param>
    public Engine(IModel model, int maxDraft = EngineOptions.DefaultMaxDraft, TimeProvider? clock = null, SchedulingOptions? scheduling = null)
    {
        scheduling ??= new();
        // A sequence must fit into the pool when it is alone.
        var positions = (long)model.Limits.PageCount * model.Limits.PageSize;
        var limits = model.Limits with { ContextLength = (int)Math.Min(model.Limits.ContextLength, positions) };
        _model = model;
        _pool = new PagePool(limits.PageCount, limits.PageSize, scheduling.PrefixCache);
        _scheduler = new Scheduler(_pool, limits, scheduling, scheduling.MaxSwapped > 0 ? new SwapSpace(model, scheduling.MaxSwapped, scheduling.SwapBytes) : null);
        _speculator = maxDraft > 0 ? new Speculator(_pool, limits, _scheduler.Times, maxDraft) : null;
        _executor = new StepExecutor(model, _scheduler, _generations, End, () => Now);
        _reception = new Reception(scheduling, Accept, IsIdle);
        _clock = clock ?? TimeProvider.System;
        _epoch = _clock.GetTimestamp();
        _maxUnread = scheduling.MaxUnread;
        Limits = new EngineLimits(limits.ContextLength, limits.VocabularySize, limits.SampledVocabularySize,
            Math.Min(MaxTopLogProbs, limits.SampledVocabularySize))
        {
            PageSize = limits.PageSize,
            MaxSequences = _scheduler.MaxDecodeBatch,
            MaxTokensPerStep = limits.MaxTokens,
            CacheBytes = (long)model.PageBytes * limits.PageCount,
            SwapBytes = scheduling.MaxSwapped > 0 ? scheduling.SwapBytes : 0,
        };
        _reception.Tell(Occupancy);
        Thread = new Thread(Run) { IsBackground = true, Name = "engine" };
        Thread.Start();
    }

    /// <inheritdoc/>
    public EngineLimits Limits { get; }

    /// <inheritdoc/>
    public EngineStatus Status => _reception.Status;

    /// <inheritdoc/>
    public EngineCounters Counters => _books.Read(Now) with { Refused = _reception.Refused, Speculation = Speculation };

    /// <summary>How often a sequence had to give its pages up.</summary>
    public long Preemptions => _scheduler.Preemptions;

    /// <summary>What came of guessed tokens.</summary>
    public SpeculationCounters Speculation => _speculator?.Counters ?? default;

    /// <summary>The engine's own thread, for tests.</summary>
    internal Thread Thread { get; }

    TimeSpan Now => _clock.GetElapsedTime(_epoch);

    EngineStatus Occupancy => new(_scheduler.Running.Count, Waiting: 0, _pool.Free, _pool.Total, _scheduler.Swapped);

    /// <inheritdoc/>
    public IGeneration Submit(GenerationRequest request)
    {
        RequestValidator.Validate(request, Limits);
        return _reception.Enter(request, () =>
        {
            var now = Now;
            var order = (now + (request.Priority - 1) * GenerationRequest.PriorityWeight).Ticks;
            var sequence = new Sequence(request, order, Limits.ContextLength, (ulong)Random.Shared.NextInt64());
            return new Generation(sequence, _reception.Send) { ReadySince = now, Deadline = request.Timeout is { } timeout ? now + timeout : TimeSpan.MaxValue };
        });
    }

    /// <inheritdoc/>
    public Task DrainAsync(CancellationToken cancellation) => _reception.DrainAsync().WaitAsync(cancellation);

    /// <summary>Fails what still runs, ends the thread and disposes the model. Further calls wait for the same.</summary>
    public async ValueTask DisposeAsync()
    {
        await _reception.StopAsync();
        if (Interlocked.Exchange(ref _modelDisposed, 1) == 0)
            _model.Dispose();
    }

    void Run()
    {
        var reason = new GenerationException(GenerationError.EngineStopped, "The engine was disposed before this request ended.");
        try
        {
            while (_reception.Receive())
                Step();
        }
        catch (Exception error)
        {
            // Not the model's or a request's doing: the books may be wrong, so nothing more is computed from them.
            reason = new GenerationException(GenerationError.EngineStopped, $"The engine stopped on an internal error: {error.Message}", error);
        }

        _reception.Close(_generations.Values, reason);
    }

    /// <summary>Whether there is nothing to do; the books must be right then.</summary>
    bool IsIdle()
    {
        if (!_scheduler.IsIdle)
            return false;
        _pool.Audit(_scheduler.Running);
        return true;
    }

    void Accept(Generation generation)
    {
        if (generation.Ended)
            return;

        if (!generation.CancelRequested)
        {
            _generations.Add(generation.Sequence, generation);
            _scheduler.Enqueue(generation.Sequence);
            return;
        }

        End(generation);
        generation.Write(new GeneratedToken(-1, null, FinishReason.Cancelled));
    }

    void Step()
    {
        var began = Now;
        EndLate(began);
        PauseUnread();
        _scheduler.Schedule(_batch, began);
        if (_batch.Count == 0)
        {
            _reception.Tell(Occupancy);
            if (!_scheduler.IsIdle)
                _reception.Sleep();
            return;
        }

        var (decodes, prompts) = _batch.Shape;
        _speculator?.Draft(_batch);
        _reception.Tell(Occupancy);
        CountNew(began);
        _books.StepBegan(began, _scheduler, _pool);
        var computed = _executor.Run(_batch, began, out var generated, out var took);
        _books.StepEnded(took.TotalSeconds, generated);
        if (!computed)
            return;
        if (_batch.Tokens == decodes + prompts)
            _scheduler.Times.Observe(decodes, prompts, took.TotalSeconds);
        _speculator?.Learn(_batch, took.TotalSeconds, generated);
    }

    /// <summary>Ends the requests whose time is up, wherever they are.</summary>
    void EndLate(TimeSpan now)
    {
        List<Generation>? late = null;
        foreach (var generation in _generations.Values)
        {
            if (generation.Deadline <= now)
                (late ??= []).Add(generation);
        }

        foreach (var generation in late ?? [])
        {
            var sequence = generation.Sequence;
            _books.TimedOut();
            End(generation);
            generation.Fail(new GenerationException(GenerationError.TimedOut,
                $"Request {sequence.Request.Id} was ended after its timeout of {sequence.Request.Timeout!.Value.TotalSeconds:0.#} s, with {sequence.Length - sequence.PromptLength} tokens generated."));
        }
    }

    /// <summary>A reader that is behind holds up its own sequence only.</summary>
    void PauseUnread()
    {
        var running = _scheduler.Running;
        for (var i = 0; i < running.Count; i++)
            running[i].Paused = _generations[running[i]].Unread >= _maxUnread;
    }

    /// <summary>Sequences that have tokens in a step for the first time.</summary>
    void CountNew(TimeSpan now)
    {
        for (var i = 0; i < _batch.Count; i++)
        {
            var generation = _generations[_batch[i].Sequence];
            if (generation.Began)
                continue;
            generation.Began = true;
            _books.SequenceBegan(generation.Sequence.PromptLength, generation.CachedTokens);
            _reception.Started(now, _scheduler.Waiting.Count > 0);
        }
    }

    /// <summary>Frees what the sequence holds.</summary>
    void End(Generation generation)
    {
        generation.Ended = true;
        _generations.Remove(generation.Sequence);
        _scheduler.Remove(generation.Sequence);
        _reception.Ended(Occupancy);
    }
}
