using KernelDsl.Runtime.Model;

namespace KernelDsl.Runtime.Engine;

/// <summary>
/// First come, first served, with continuous batching. Every step takes one token of each sequence that decodes and fills the rest of the
/// token budget with chunks of prompts, oldest first. A sequence enters with the pages of all its tokens; when a page is missing later, the
/// youngest sequence gives its pages up and is computed again, prompt and output, when there is room. The oldest can always go on, so
/// every sequence ends. Pure logic: no clock, no model, one thread.
/// </summary>
public sealed class Scheduler
{
    readonly PagePool _pool;
    readonly ModelLimits _limits;
    readonly List<Sequence> _running = [];
    readonly LinkedList<Sequence> _waiting = [];

    /// <param name="limits">Of a step; the pool holds at least one sequence of full length.</param>
    public Scheduler(PagePool pool, ModelLimits limits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.MaxSequences, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.MaxTokens, limits.MaxSequences);
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.MaxLogitRows, limits.MaxSequences);
        ArgumentOutOfRangeException.ThrowIfLessThan(pool.Total, pool.PagesFor(limits.ContextLength), nameof(pool));
        _pool = pool;
        _limits = limits;
    }

    /// <summary>Sequences that hold pages, oldest first.</summary>
    public IReadOnlyList<Sequence> Running => _running;

    /// <summary>Sequences that wait for room, oldest first.</summary>
    public IReadOnlyCollection<Sequence> Waiting => _waiting;

    /// <summary>Nothing runs or waits.</summary>
    public bool IsIdle => _running.Count == 0 && _waiting.Count == 0;

    /// <summary>How often a sequence had to give its pages up.</summary>
    public long Preemptions { get; private set; }

    /// <summary>Puts a new sequence, younger than all others, at the end of the line.</summary>
    public void Enqueue(Sequence sequence) => _waiting.AddLast(sequence);

    /// <summary>Takes a sequence out, wherever it is, and frees its pages.</summary>
    public void Remove(Sequence sequence)
    {
        if (_running.Remove(sequence))
            _pool.Release(sequence);
        else
            _waiting.Remove(sequence);
    }

    /// <summary>Fills the batch with the next step; empty only when idle. The caller computes it and advances the sequences.</summary>
    public void Schedule(Batch batch)
    {
        batch.Clear();
        var preemptions = Preemptions;
        for (var i = 0; i < _running.Count; i++)
        {
            var sequence = _running[i];
            if (Fit(sequence, batch, DecodesFrom(i + 1)) is { } slice && Hold(sequence, slice.End))
                batch.Add(slice);
        }

        if (Preemptions == preemptions)
            Admit(batch);
    }

    void Admit(Batch batch)
    {
        while (_waiting.First?.Value is { } sequence && _running.Count < _limits.MaxSequences)
        {
            // One page of headroom for each running sequence, or the newcomer would be preempted at once.
            if (_running.Count > 0 && _pool.PagesFor(sequence.Length) + _running.Count > _pool.Free)
                return;
            if (Fit(sequence, batch, reserved: 0) is not { } slice || !_pool.TryAllocate(sequence, sequence.Length, out _))
                return;

            _waiting.RemoveFirst();
            _running.Add(sequence);
            batch.Add(slice);
        }
    }

    /// <summary>The longest slice that leaves a token and a row for each of the reserved sequences; null when nothing is left.</summary>
    Slice? Fit(Sequence sequence, Batch batch, int reserved)
    {
        var rows = _limits.MaxLogitRows - batch.LogitRows - reserved;
        var count = Math.Min(sequence.Pending, _limits.MaxTokens - batch.Tokens - reserved);
        while (count > 0)
        {
            var slice = new Slice(sequence, count);
            if (slice.LogitRows <= rows)
                return slice;
            count -= slice.LogitRows - Math.Max(rows, 0);
        }

        return null;
    }

    /// <summary>Gets pages for so many tokens, preempting the youngest while there are none; false when that was the sequence itself.</summary>
    bool Hold(Sequence sequence, int tokens)
    {
        while (!_pool.TryAllocate(sequence, tokens, out _))
        {
            var youngest = _running[^1];
            _running.RemoveAt(_running.Count - 1);
            _pool.Release(youngest);
            // Older than all that wait, because it entered before them.
            _waiting.AddFirst(youngest);
            Preemptions++;
            if (youngest == sequence)
                return false;
        }

        return true;
    }

    int DecodesFrom(int first)
    {
        var count = 0;
        for (var i = first; i < _running.Count; i++)
            count += _running[i].Pending == 1 ? 1 : 0;
        return count;
    }
}
