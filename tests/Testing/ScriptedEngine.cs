using KernelDsl.Runtime.Engine;

namespace KernelDsl.Testing;

/// <summary>
/// An engine without a model: every request gets the tokens its script lists. Validates, stops, cancels and drains as the real one.
/// With no interval all tokens of a request are there when Submit returns; <see cref="Timeout.InfiniteTimeSpan"/> gives one per
/// <see cref="Step"/>; any other interval steps by itself. The same calls give the same tokens.
/// </summary>
public sealed class ScriptedEngine : IEngine
{
    readonly Lock _lock = new();
    readonly List<ScriptedGeneration> _active = [];
    readonly List<GenerationRequest> _requests = [];
    readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Func<GenerationRequest, Script> _script;
    readonly ITimer? _timer;
    readonly bool _immediate;
    bool _stopping;
    int _cancelled;

    /// <param name="script">Called once per valid request, in the order of submission.</param>
    /// <param name="interval">Time from one token to the next; see the class.</param>
    public ScriptedEngine(Func<GenerationRequest, Script> script, TimeSpan? interval = null, TimeProvider? time = null)
    {
        _script = script;
        _immediate = interval is null;
        if (interval is { } period && period != Timeout.InfiniteTimeSpan)
            _timer = (time ?? TimeProvider.System).CreateTimer(_ => Step(), null, period, period);
    }

    /// <summary>Every request gets these tokens at once.</summary>
    public ScriptedEngine(params IReadOnlyList<int> tokens) : this(_ => new Script(tokens)) { }

    /// <inheritdoc/>
    public EngineLimits Limits { get; init; } = new(ContextLength: 2048, VocabularySize: 3072, SampledVocabularySize: 3072, MaxTopLogProbs: 20);

    /// <inheritdoc/>
    public EngineStatus Status
    {
        get
        {
            lock (_lock)
                return new EngineStatus(_active.Count, Waiting: 0, FreePages: 1024 - _active.Count, TotalPages: 1024);
        }
    }

    /// <inheritdoc/>
    public EngineCounters Counters => default;

    /// <summary>All requests accepted so far.</summary>
    public IReadOnlyList<GenerationRequest> Requests
    {
        get
        {
            lock (_lock)
                return [.. _requests];
        }
    }

    /// <summary>How many generations were cancelled before their end.</summary>
    public int Cancelled => Volatile.Read(ref _cancelled);

    /// <inheritdoc/>
    public IGeneration Submit(GenerationRequest request)
    {
        RequestValidator.Validate(request, Limits);
        lock (_lock)
        {
            if (_stopping)
                throw new GenerationException(GenerationError.EngineStopped, $"Request {request.Id} was refused: the engine is stopping.");

            _requests.Add(request);
            var generation = new ScriptedGeneration(this, request, _script(request));
            _active.Add(generation);
            while (_immediate && generation.Advance()) { }
            RemoveEnded();
            return generation;
        }
    }

    /// <summary>Gives every running generation its next token.</summary>
    public void Step()
    {
        lock (_lock)
        {
            foreach (var generation in _active)
                generation.Advance();
            RemoveEnded();
        }
    }

    /// <inheritdoc/>
    public Task DrainAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            _stopping = true;
            RemoveEnded();
        }

        return _drained.Task.WaitAsync(cancellation);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _timer?.Dispose();
        lock (_lock)
        {
            _stopping = true;
            foreach (var generation in _active)
                generation.Fail(new GenerationException(GenerationError.EngineStopped, "The engine was disposed."));
            RemoveEnded();
        }

        return ValueTask.CompletedTask;
    }

    internal void Cancel(ScriptedGeneration generation)
    {
        lock (_lock)
        {
            if (!generation.EndCancelled())
                return;
            _cancelled++;
            RemoveEnded();
        }
    }

    void RemoveEnded()
    {
        _active.RemoveAll(g => g.Ended);
        if (_stopping && _active.Count == 0)
            _drained.TrySetResult();
    }
}
