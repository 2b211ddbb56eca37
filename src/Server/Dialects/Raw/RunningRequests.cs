using System.Collections.Concurrent;

namespace Kdsl.Dialects.Raw;

/// <summary>Requests that can be ended by their id.</summary>
sealed class RunningRequests
{
    readonly ConcurrentDictionary<string, Action> _running = new();

    /// <summary>Enters a request; of two with the same id the first is known.</summary>
    public IDisposable Enter(string id, Action cancel) => _running.TryAdd(id, cancel) ? new Entry(this, id) : new Entry(this, null);

    /// <summary>Ends a request; false when none has the id.</summary>
    public bool Cancel(string id)
    {
        if (!_running.TryGetValue(id, out var cancel))
            return false;
        cancel();
        return true;
    }

    sealed class Entry(RunningRequests requests, string? id) : IDisposable
    {
        public void Dispose()
        {
            if (id is not null)
                requests._running.TryRemove(id, out _);
        }
    }
}
