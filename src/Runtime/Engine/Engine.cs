using KernelDsl.Runtime.Model;

namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Drives a model: requests come in from any thread, one thread of its own schedules, computes and samples step after step, and sleeps
/// when there is nothing to do. Owns the model.
/// </summary>
public sealed class Engine : IEngine
{
    const int MaxTopLogProbs = 20;

    // With nothing to compute, though requests are there: how long until the next look at readers and deadlines.
    static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(1);

    readonly IModel _model;
    readonly PagePool _pool;
    readonly Scheduler _scheduler;
    readonly ModelRunner _runner;
    readonly Sampler _sampler;
    readonly Speculator? _speculator;
    readonly TimeProvider _clock;
    readonly long _epoch;
    readonly int _maxUnread;
    readonly EngineBooks _books = new();
    readonly Batch _batch = new();
    readonly Batch _solo = new();
    readonly Dictionary<Sequence, Generation> _generations = [];
    readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The lock guards what follows; its pulse wakes the engine's thread.
    readonly object _lock = new();
    readonly Queue<Generation> _inbox = new();
    readonly Admission _admission;
    EngineStatus _status;
    int _unfinished;
    bool _draining;
    bool _disposed;
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
        _runner = new ModelRunner(model);
        _sampler = new Sampler(limits.SampledVocabularySize);
        _speculator = maxDraft > 0 ? new Speculator(_pool, limits, maxDraft) : null;
        _clock = clock ?? TimeProvider.System;
        _epoch = _clock.GetTimestamp();
        _admission = new Admission(scheduling);
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
        PublishStatus();
        Thread = new Thread(Run) { IsBackground = true, Name = "engine" };
        Thread.Start();
    }

    /// <inheritdoc/>
    public EngineLimits Limits { get; }

    /// <inheritdoc/>
    public EngineStatus Status
    {
        get
        {
            lock (_lock)
                return _status with { Waiting = Math.Max(0, _unfinished - _status.Running) };
        }
    }

    /// <inheritdoc/>
    public EngineCounters Counters
    {
        get
        {
            lock (_lock)
                return _books.Read(Now) with { Refused = _admission.Refused, Speculation = Speculation };
        }
    }

    /// <summary>How often a sequence had to give its pages up.</summary>
    public long Preemptions => _scheduler.Preemptions;

    /// <summary>What came of guessed tokens.</summary>
    public SpeculationCounters Speculation => _speculator?.Counters ?? default;

    /// <summary>The engine's own thread, for tests.</summary>
    internal Thread Thread { get; }

    /// <inheritdoc/>
    public IGeneration Submit(GenerationRequest request)
    {
        RequestValidator.Validate(request, Limits);
        lock (_lock)
        {
            if (_draining)
                throw new GenerationException(GenerationError.EngineStopped, $"Request {request.Id} was refused: the engine is stopping.");

            _admission.Check(request, Math.Max(0, _unfinished - _status.Running));
            var now = Now;
            var order = (now + (request.Priority - 1) * GenerationRequest.PriorityWeight).Ticks;
            var sequence = new Sequence(request, order, Limits.ContextLength, (ulong)Random.Shared.NextInt64());
            var generation = new Generation(sequence, Send) { ReadySince = now, Deadline = request.Timeout is { } timeout ? now + timeout : TimeSpan.MaxValue };
            _unfinished++;
            Send(generation);
            return generation;
        }
    }

    /// <inheritdoc/>
    public Task DrainAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            _draining = true;
            Monitor.Pulse(_lock);
        }

        return _drained.Task.WaitAsync(cancellation);
    }

    /// <summary>Fails what still runs, ends the thread and disposes the model. Further calls wait for the same.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _draining = _disposed = true;
            Monitor.Pulse(_lock);
        }

        await _ended.Task;
        if (Interlocked.Exchange(ref _modelDisposed, 1) == 0)
            _model.Dispose();
    }

    /// <summary>New and cancelled generations go the same way to the engine's thread.</summary>
    void Send(Generation generation)
    {
        lock (_lock)
        {
            _inbox.Enqueue(generation);
            Monitor.Pulse(_lock);
        }
    }

    void Run()
    {
        var reason = new GenerationException(GenerationError.EngineStopped, "The engine was disposed before this request ended.");
        try
        {
            while (Receive())
                Step();
        }
        catch (Exception error)
        {
            // Not the model's or a request's doing: the books may be wrong, so nothing more is computed from them.
            reason = new GenerationException(GenerationError.EngineStopped, $"The engine stopped on an internal error: {error.Message}", error);
        }

        Close(reason);
    }

    /// <summary>Takes what was sent, and sleeps while there is nothing to do; false when disposed.</summary>
    bool Receive()
    {
        lock (_lock)
        {
            while (!_disposed)
            {
                while (_inbox.TryDequeue(out var generation))
                    Accept(generation);
                if (!_scheduler.IsIdle)
                    return true;

                _pool.Audit(_scheduler.Running);
                if (_draining)
                    _drained.TrySetResult();
                Monitor.Wait(_lock);
            }

            return false;
        }
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
            PublishStatus();
            Sleep();
            return;
        }

        var (decodes, prompts) = _batch.Shape;
        _speculator?.Draft(_batch);
        PublishStatus();
        CountNew(began);
        _books.StepBegan(began, _scheduler, _pool);
        var computed = TryCompute(_batch, began, out var generated, out var error);
        var seconds = (Now - began).TotalSeconds;
        _books.StepEnded(seconds, generated);
        if (computed)
        {
            _speculator?.Learn(_batch, seconds, generated);
            if (_batch.Tokens == decodes + prompts)
                _scheduler.Times.Observe(decodes, prompts, seconds);
        }
        else
            ComputeAlone(began, error!);
    }

    /// <summary>After a failed step: each slice alone and without guesses, so that only the sequences that cannot be computed fail.</summary>
    void ComputeAlone(TimeSpan began, Exception error)
    {
        if (_batch.Count == 1 && _batch[0].Drafted == 0)
        {
            Fail(_batch[0], error);
            return;
        }

        for (var i = 0; i < _batch.Count; i++)
        {
            var slice = _batch[i].WithoutDraft();
            _solo.Clear();
            _solo.Add(slice);
            if (!TryCompute(_solo, began, out _, out var itsOwn))
                Fail(slice, itsOwn);
        }
    }

    TimeSpan Now => _clock.GetElapsedTime(_epoch);

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

    /// <summary>Nothing can be computed now, but may soon without anybody sending anything.</summary>
    void Sleep()
    {
        lock (_lock)
        {
            if (_inbox.Count == 0 && !_disposed && !_scheduler.IsIdle)
                Monitor.Wait(_lock, Nap);
        }
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
            lock (_lock)
                _admission.Started(now, _scheduler.Waiting.Count > 0);
        }
    }

    /// <summary>Computes and samples a batch, and counts the tokens; the error is the model's, and nothing has happened then.</summary>
    bool TryCompute(Batch batch, TimeSpan began, out int generated, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out Exception? error)
    {
        generated = 0;
        StepOutputs outputs;
        try
        {
            outputs = _runner.Run(batch);
        }
        catch (Exception thrown)
        {
            error = thrown;
            return false;
        }

        error = null;
        var elapsed = Now - began;
        var rest = outputs.Logits;
        for (var i = 0; i < batch.Count; i++)
        {
            var slice = batch[i];
            var length = slice.LogitRows * Limits.VocabularySize;
            generated += Deliver(slice, rest[..length], new StepInfo(batch.Count, began - _generations[slice.Sequence].ReadySince, elapsed));
            rest = rest[length..];
        }

        return true;
    }

    /// <summary>Takes a slice's logits; says how many tokens came of them.</summary>
    int Deliver(Slice slice, Span<float> logits, StepInfo step)
    {
        var sequence = slice.Sequence;
        var generation = _generations[sequence];
        var generated = 0;
        try
        {
            var top = sequence.Request.TopLogProbs;
            for (var position = slice.ScoreStart; position < slice.ScoreEnd; position++)
            {
                generation.Score(position + 1, _sampler.Score(logits, sequence.Tokens[position + 1], top ?? 0));
                logits = logits[Limits.VocabularySize..];
            }

            sequence.Advance(slice.Known);
            _scheduler.Computed(sequence);
            if (!slice.Completes)
                return 0;

            generation.PublishScores();
            // One token, and one more after each guess that it agrees with: the next row is what would be computed for it anyway.
            FinishReason? finish = null;
            while (sequence.Pending == 0 && finish is null)
            {
                var (id, scores) = _sampler.Sample(logits[(generated * Limits.VocabularySize)..], sequence.Sampling, top);
                finish = sequence.Append(id);
                generated++;
                if (finish is not null)
                    End(generation);
                generation.Write(new GeneratedToken(id, scores, finish, step));
            }

            generation.ReadySince = Now;
        }
        catch (GenerationException error)
        {
            End(generation);
            generation.Fail(error);
        }

        return generated;
    }

    void Fail(Slice slice, Exception error)
    {
        var generation = _generations[slice.Sequence];
        End(generation);
        generation.Fail(new GenerationException(GenerationError.StepFailed,
            $"The model failed on positions {slice.Start} to {slice.End - 1} of request {slice.Sequence.Request.Id}: {error.Message}", error));
    }

    /// <summary>Frees what the sequence holds; before its last token is written, so that a reader of that token sees it freed.</summary>
    void End(Generation generation)
    {
        generation.Ended = true;
        _generations.Remove(generation.Sequence);
        _scheduler.Remove(generation.Sequence);
        lock (_lock)
        {
            _unfinished--;
            PublishStatus();
        }
    }

    void Close(GenerationException reason)
    {
        lock (_lock)
        {
            _draining = _disposed = true;
            foreach (var generation in _generations.Values.Concat(_inbox).Where(g => !g.Ended))
                generation.Fail(reason);
            _unfinished = 0;
            _status = default;
        }

        _drained.TrySetResult();
        _ended.TrySetResult();
    }

    void PublishStatus()
    {
        lock (_lock)
            _status = new EngineStatus(_scheduler.Running.Count, Waiting: 0, _pool.Free, _pool.Total, _scheduler.Swapped);
    }
}
