namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Where all threads meet the engine's: what they send to it, how many requests are not finished, whether more may come, and what it told of itself last.
/// The engine's thread sleeps here.
/// </summary>
/// <param name="accept">The engine's thread takes what was sent.</param>
/// <param name="isIdle">Whether there is nothing to do for it then.</param>
sealed class Reception(SchedulingOptions options, Action<Generation> accept, Func<bool> isIdle)
{
    // With nothing to compute, though requests are there: how long until the next look at readers and deadlines.
    static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(1);

    readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guards what follows; its pulse wakes the engine's thread.
    readonly object _lock = new();
    readonly Queue<Generation> _inbox = new();
    readonly Admission _admission = new(options);
    EngineStatus _status;
    int _unfinished;
    bool _draining;
    bool _disposed;

    /// <summary>What the engine told last, and how many wait.</summary>
    public EngineStatus Status
    {
        get
        {
            lock (_lock)
                return _status with { Waiting = Waiting };
        }
    }

    /// <summary>Requests refused so far.</summary>
    public long Refused
    {
        get
        {
            lock (_lock)
                return _admission.Refused;
        }
    }

    int Waiting => Math.Max(0, _unfinished - _status.Running);

    /// <summary>Lets a request in, or refuses it.</summary>
    /// <param name="begin">Makes its generation; requests are let in one after another.</param>
    /// <exception cref="GenerationException">The engine stops, or the line is too long.</exception>
    public Generation Enter(GenerationRequest request, Func<Generation> begin)
    {
        lock (_lock)
        {
            if (_draining)
                throw new GenerationException(GenerationError.EngineStopped, $"Request {request.Id} was refused: the engine is stopping.");

            _admission.Check(request, Waiting);
            var generation = begin();
            _unfinished++;
            Send(generation);
            return generation;
        }
    }

    /// <summary>New and cancelled generations go the same way to the engine's thread.</summary>
    public void Send(Generation generation)
    {
        lock (_lock)
        {
            _inbox.Enqueue(generation);
            Monitor.Pulse(_lock);
        }
    }

    /// <summary>Lets nobody in any more; completes when those inside have ended.</summary>
    public Task DrainAsync()
    {
        lock (_lock)
        {
            _draining = true;
            Monitor.Pulse(_lock);
        }

        return _drained.Task;
    }

    /// <summary>Sends the engine's thread home; completes when it has left.</summary>
    public Task StopAsync()
    {
        lock (_lock)
        {
            _draining = _disposed = true;
            Monitor.Pulse(_lock);
        }

        return _ended.Task;
    }

    /// <summary>The engine's thread takes what was sent, and sleeps while there is nothing to do; false when it is to go home.</summary>
    public bool Receive()
    {
        lock (_lock)
        {
            while (!_disposed)
            {
                while (_inbox.TryDequeue(out var generation))
                    accept(generation);
                if (!isIdle())
                    return true;

                if (_draining)
                    _drained.TrySetResult();
                Monitor.Wait(_lock);
            }

            return false;
        }
    }

    /// <summary>Nothing can be computed now, but may soon without anybody sending anything.</summary>
    public void Sleep()
    {
        lock (_lock)
        {
            if (_inbox.Count == 0 && !_disposed)
                Monitor.Wait(_lock, Nap);
        }
    }

    /// <summary>The engine tells of itself.</summary>
    public void Tell(EngineStatus status)
    {
        lock (_lock)
            _status = status;
    }

    /// <summary>A request begins to be computed.</summary>
    public void Started(TimeSpan now, bool othersWait)
    {
        lock (_lock)
            _admission.Started(now, othersWait);
    }

    /// <summary>A request has ended; what the engine tells of itself now.</summary>
    public void Ended(EngineStatus status)
    {
        lock (_lock)
        {
            _unfinished--;
            _status = status;
        }
    }

    /// <summary>The engine's thread leaves: fails what was sent and not taken, and what runs.</summary>
    public void Close(IEnumerable<Generation> running, GenerationException reason)
    {
        lock (_lock)
        {
            _draining = _disposed = true;
            foreach (var generation in running.Concat(_inbox).Where(g => !g.Ended))
                generation.Fail(reason);
            _unfinished = 0;
            _status = default;
        }

        _drained.TrySetResult();
        _ended.TrySetResult();
    }
}
