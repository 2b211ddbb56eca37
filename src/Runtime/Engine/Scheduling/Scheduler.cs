using KernelDsl.Runtime.Model;

namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Continuous batching: who runs, who waits, who gets pages. What a step takes of whom is the policy's choice (<see cref="IStepPolicy"/>). A sequence
/// enters with the pages of all its tokens; when a page is missing later, the last in the line gives its pages up, and is computed again or
/// copied back when there is room. The first can always go on, so every sequence ends. Pure logic: no clock of its own, one thread.
/// </summary>
public sealed class Scheduler
{
    readonly PagePool _pool;
    readonly ModelLimits _limits;
    readonly SwapSpace? _swap;
    readonly IStepPolicy _policy;
    readonly List<Sequence> _running = [];
    readonly WaitingLine _waiting = [];

    /// <param name="limits">Of a step; the pool holds at least one sequence of full length.</param>
    /// <param name="options">Null: the defaults.</param>
    public Scheduler(PagePool pool, ModelLimits limits, SchedulingOptions? options = null) : this(pool, limits, options ?? new(), swap: null) { }

    internal Scheduler(PagePool pool, ModelLimits limits, SchedulingOptions options, SwapSpace? swap)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.MaxSequences, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.MaxTokens, limits.MaxSequences);
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.MaxLogitRows, limits.MaxSequences);
        ArgumentOutOfRangeException.ThrowIfLessThan(pool.Total, pool.PagesFor(limits.ContextLength), nameof(pool));
        _pool = pool;
        _limits = limits;
        _swap = swap;
        Times = new StepTimes(limits.MaxSequences, limits.MaxTokens);
        MaxDecodeBatch = Math.Min(options.MaxDecodeBatch ?? limits.MaxSequences, limits.MaxSequences);
        _policy = options.Policy == SchedulingPolicy.MindIe ? new MindIePolicy(options) : new StallFreePolicy(options.MaxGap);
    }

    /// <summary>Sequences that hold pages, first in line first.</summary>
    public IReadOnlyList<Sequence> Running => _running;

    /// <summary>Sequences that wait for room, first in line first.</summary>
    public IReadOnlyCollection<Sequence> Waiting => _waiting;

    /// <summary>Nothing runs or waits.</summary>
    public bool IsIdle => _running.Count == 0 && _waiting.Count == 0;

    /// <summary>How often a sequence had to give its pages up.</summary>
    public long Preemptions { get; private set; }

    /// <summary>How many of these times its pages were kept in host memory.</summary>
    public long Swaps { get; private set; }

    /// <summary>Sequences that wait with their pages in host memory.</summary>
    public int Swapped => _swap?.Sequences ?? 0;

    /// <summary>What steps take; the caller lets it learn.</summary>
    public StepTimes Times { get; }

    /// <summary>Most sequences that decode in one step.</summary>
    internal int MaxDecodeBatch { get; }

    /// <summary>Most sequences of one step.</summary>
    internal int MaxSequences => _limits.MaxSequences;

    /// <summary>Most tokens of one step.</summary>
    internal int MaxTokens => _limits.MaxTokens;

    /// <summary>The first in the line; null when nobody waits.</summary>
    internal Sequence? NextWaiting => _waiting.First;

    /// <summary>Puts a new sequence into the line.</summary>
    public void Enqueue(Sequence sequence) => _waiting.Add(sequence);

    /// <summary>Takes a sequence out, wherever it is, and frees its pages.</summary>
    public void Remove(Sequence sequence)
    {
        if (_running.Remove(sequence))
            Release(sequence);
        else
            _waiting.Remove(sequence);
        _swap?.Drop(sequence);
    }

    /// <summary>
    /// Fills the batch with the next step. Empty when idle, when all that run are paused, or when the policy waits for more prompts. The caller
    /// computes it, advances the sequences, and says so (<see cref="Computed"/>).
    /// </summary>
    /// <param name="now">Time since any beginning; it never goes back.</param>
    public void Schedule(Batch batch, TimeSpan now = default)
    {
        batch.Clear();
        _policy.Fill(this, batch, now);
    }

    /// <summary>A slice has been computed, and its tokens advanced over: its full pages are known from now on.</summary>
    public void Computed(Sequence sequence) => _pool.Publish(sequence);

    /// <summary>Adds the next token of each sequence that decodes, as many as may, with a page for it, preempting the last in the line while there is none.</summary>
    internal void Decode(Batch batch)
    {
        for (var i = 0; i < _running.Count && batch.Count < MaxDecodeBatch; i++)
        {
            if (_running[i] is { Pending: 1, Paused: false } sequence && Fit(sequence, batch, most: 1) is { } slice && Hold(sequence, slice.End))
                batch.Add(slice);
        }
    }

    /// <summary>Adds at most so many tokens of prompts of running sequences, whose pages are there. Says how many.</summary>
    internal int Prefill(Batch batch, int most)
    {
        var taken = 0;
        for (var i = 0; i < _running.Count && taken < most; i++)
        {
            if (_running[i] is not { Pending: > 1 } sequence || Fit(sequence, batch, most - taken) is not { } slice)
                continue;
            batch.Add(slice);
            taken += slice.Count;
        }

        return taken;
    }

    /// <summary>
    /// Lets the first in the line run, with at most so many tokens in this step. Says how many; 0 when there is no room for it, or what it begins with is
    /// being computed.
    /// </summary>
    internal int Admit(Batch batch, int most)
    {
        var sequence = _waiting.First!;
        var known = _pool.Attach(sequence);
        // One page of headroom for each running sequence, or the newcomer would be preempted at once.
        var missing = _pool.PagesFor(sequence.Length) - sequence.PageCount + _running.Count;
        if (IsBeingComputed(sequence, known) || missing > _pool.Free || !_pool.TryAllocate(sequence, sequence.Length, out _))
        {
            _pool.Release(sequence);
            return 0;
        }

        if (sequence.Saved is not null)
            _swap!.Restore(sequence);
        if (Fit(sequence, batch, most) is not { } slice)
        {
            // Only what asks for more rows of logits than are left; the next step has them.
            _pool.Release(sequence);
            return 0;
        }

        _waiting.Remove(sequence);
        sequence.Started(known);
        Insert(sequence);
        batch.Add(slice);
        return slice.Count;
    }

    /// <summary>
    /// A running sequence is about to know more pages that this one begins with: choices of one prompt, or prompts that begin alike and came together.
    /// To wait for them saves the arithmetic and the pages.
    /// </summary>
    bool IsBeingComputed(Sequence sequence, int known)
    {
        if (sequence.Saved is not null)
            return false;
        foreach (var other in _running)
        {
            if (other.Pending > 1 && _pool.Shareable(sequence, other) > known)
                return true;
        }

        return false;
    }

    void Insert(Sequence sequence)
    {
        var place = _running.Count;
        while (place > 0 && _running[place - 1].Order > sequence.Order)
            place--;
        _running.Insert(place, sequence);
    }

    /// <summary>The longest slice of at most so many tokens; null when nothing is left of the step's tokens or rows.</summary>
    Slice? Fit(Sequence sequence, Batch batch, int most)
    {
        var rows = _limits.MaxLogitRows - batch.LogitRows;
        var count = Math.Min(Math.Min(sequence.Pending, most), _limits.MaxTokens - batch.Tokens);
        if (batch.Count == _limits.MaxSequences)
            return null;
        while (count > 0)
        {
            var slice = new Slice(sequence, count);
            if (slice.LogitRows <= rows)
                return slice;
            count -= slice.LogitRows - Math.Max(rows, 0);
        }

        return null;
    }

    /// <summary>What it has computed stays known as long as its pages are not needed.</summary>
    void Release(Sequence sequence)
    {
        _pool.Publish(sequence);
        _pool.Release(sequence);
    }

    /// <summary>Gets pages for so many tokens; false when the sequence itself had to give its pages up.</summary>
    bool Hold(Sequence sequence, int tokens)
    {
        while (!_pool.TryAllocate(sequence, tokens, out _))
        {
            var last = _running[^1];
            _running.RemoveAt(_running.Count - 1);
            Swaps += _swap is not null && _swap.TrySave(last, _pool.PageSize) ? 1 : 0;
            Release(last);
            _waiting.Return(last);
            Preemptions++;
            if (last == sequence)
                return false;
        }

        return true;
    }
}
