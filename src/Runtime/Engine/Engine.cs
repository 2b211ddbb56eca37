using KernelDsl.Runtime.Model;

namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Drives a model: requests come in from any thread, one thread of its own schedules, computes and samples step after step, and sleeps
/// when there is nothing to do. Owns the model.
/// </summary>
public sealed class Engine : IEngine
{
    const int MaxTopLogProbs = 20;

    readonly IModel _model;
    readonly PagePool _pool;
    readonly Scheduler _scheduler;
    readonly ModelRunner _runner;
    readonly Sampler _sampler;
    readonly Speculator? _speculator;
    readonly TimeProvider _clock;
    readonly Batch _batch = new();
    readonly Batch _solo = new();
    readonly Dictionary<Sequence, Generation> _generations = [];
    readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The lock guards what follows; its pulse wakes the engine's thread.
    readonly object _lock = new();
    readonly Queue<Generation> _inbox = new();
    EngineStatus _status;
    int _unfinished;
    long _submitted;
    bool _draining;
    bool _disposed;

    /// <summary>Starts the engine's thread.</summary>
    /// <param name="maxDraft">Most guesses per sequence and step, as <see cref="EngineOptions.MaxDraft"/>.</param>
    /// <param name="clock">Measures the steps; null: the system's.</param>
    public Engine(IModel model, int maxDraft = EngineOptions.DefaultMaxDraft, TimeProvider? clock = null)
    {
        // A sequence must fit into the pool when it is alone.
        var positions = (long)model.Limits.PageCount * model.Limits.PageSize;
        var limits = model.Limits with { ContextLength = (int)Math.Min(model.Limits.ContextLength, positions) };
        _model = model;
        _pool = new PagePool(limits.PageCount, limits.PageSize);
        _scheduler = new Scheduler(_pool, limits);
        _runner = new ModelRunner(model);
        _sampler = new Sampler(limits.SampledVocabularySize);
        _speculator = maxDraft > 0 ? new Speculator(_pool, limits, maxDraft) : null;
        _clock = clock ?? TimeProvider.System;
        Limits = new EngineLimits(limits.ContextLength, limits.VocabularySize, limits.SampledVocabularySize,
            Math.Min(MaxTopLogProbs, limits.SampledVocabularySize));
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

    /// <summary>How often a sequence had to give its pages up and was computed again.</summary>
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

            var sequence = new Sequence(request, _submitted++, Limits.ContextLength, (ulong)Random.Shared.NextInt64());
            var generation = new Generation(sequence, Send);
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

    /// <summary>Fails what still runs, ends the thread and disposes the model.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _draining = _disposed = true;
            Monitor.Pulse(_lock);
        }

        await _ended.Task;
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
        var began = _clock.GetTimestamp();
        _scheduler.Schedule(_batch);
        _speculator?.Draft(_batch);
        PublishStatus();
        if (TryCompute(_batch, out var generated, out var error))
        {
            _speculator?.Learn(_batch, _clock.GetElapsedTime(began).TotalSeconds, generated);
            return;
        }

        if (_batch.Count == 1 && _batch[0].Drafted == 0)
        {
            Fail(_batch[0], error);
            return;
        }

        // Each slice alone and without guesses, so that only the sequences that cannot be computed fail.
        for (var i = 0; i < _batch.Count; i++)
        {
            var slice = _batch[i].WithoutDraft();
            _solo.Clear();
            _solo.Add(slice);
            if (!TryCompute(_solo, out _, out error))
                Fail(slice, error);
        }
    }

    /// <summary>Computes and samples a batch, and counts the tokens; the error is the model's, and nothing has happened then.</summary>
    bool TryCompute(Batch batch, out int generated, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out Exception? error)
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
        var rest = outputs.Logits;
        for (var i = 0; i < batch.Count; i++)
        {
            var slice = batch[i];
            var length = slice.LogitRows * Limits.VocabularySize;
            generated += Deliver(slice, rest[..length]);
            rest = rest[length..];
        }

        return true;
    }

    /// <summary>Takes a slice's logits; says how many tokens came of them.</summary>
    int Deliver(Slice slice, Span<float> logits)
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
                generation.Write(new GeneratedToken(id, scores, finish));
            }
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
            _status = new EngineStatus(_scheduler.Running.Count, Waiting: 0, _pool.Free, _pool.Total);
    }
}
