using System.Diagnostics;
using Kdsl.Bench.Serving.Clients;

namespace Kdsl.Bench.Serving.Load;

/// <summary>
/// What happened to one request so far. Written by the task that sends it, read by others while it runs. Times are of
/// <see cref="Stopwatch.GetTimestamp"/>; 0: not yet.
/// </summary>
/// <param name="request">What is sent.</param>
/// <param name="arrival">When it arrived, in an open loop; null in a closed one, where a free client sends it.</param>
sealed class RequestTrace(BenchRequest request, long? arrival)
{
    readonly Lock _lock = new();
    List<Chunk> _chunks = [];

    /// <summary>What is sent.</summary>
    public BenchRequest Request => request;

    /// <summary>When it should be sent: at its arrival, or at once.</summary>
    public long Due { get; } = arrival ?? Stopwatch.GetTimestamp();

    /// <summary>It comes at a time of its own, whether a client is free or not.</summary>
    public bool Arrives => arrival is not null;

    /// <summary>When it was.</summary>
    public long Sent { get; private set; }

    /// <summary>When it had ended, well or not.</summary>
    public long Ended { get; private set; }

    /// <summary>Why it failed.</summary>
    public string? Failure { get; private set; }

    /// <summary>The run was interrupted before it ended: it counts for nothing.</summary>
    public bool Abandoned { get; private set; }

    /// <summary>Chunks so far, oldest first.</summary>
    public IReadOnlyList<Chunk> Chunks
    {
        get
        {
            lock (_lock)
                return [.. _chunks];
        }
    }

    /// <summary>Notes that it is sent now.</summary>
    public void Send() => Sent = Stopwatch.GetTimestamp();

    /// <summary>Notes what came.</summary>
    public void Add(Chunk chunk)
    {
        lock (_lock)
            _chunks.Add(chunk);
    }

    /// <summary>Notes that it has ended.</summary>
    /// <param name="failure">Why it failed; null: it did not.</param>
    public void End(string? failure = null) => (Failure, Ended) = (failure, Stopwatch.GetTimestamp());

    /// <summary>Notes that nobody waits for it any more.</summary>
    public void Abandon() => (Abandoned, Ended) = (true, Stopwatch.GetTimestamp());

    /// <summary>Takes the chunks out, once it has ended: a run has millions.</summary>
    public IReadOnlyList<Chunk> TakeChunks()
    {
        lock (_lock)
        {
            var chunks = _chunks;
            _chunks = [];
            return chunks;
        }
    }
}
