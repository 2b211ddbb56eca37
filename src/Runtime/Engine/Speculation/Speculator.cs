using KernelDsl.Runtime.Model;

namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Puts guesses into steps and learns from them. A guess changes when a token is computed, never which token it is, so that nothing here
/// can change an output. Steps with prompts in them get none: they are bound by arithmetic, and their times tell nothing about others.
/// </summary>
sealed class Speculator
{
    readonly PagePool _pool;
    readonly ModelLimits _limits;
    readonly int _maxDraft;
    readonly HitRates _rates = new();
    readonly StepCosts _costs;
    readonly LossAccount _account = new();
    readonly DraftPlanner _planner;
    readonly Sequence[] _sequences;
    long _steps, _drafted, _accepted;

    /// <param name="times">Of steps without guesses; the caller lets it learn from them.</param>
    /// <param name="maxDraft">Most guesses per sequence and step.</param>
    public Speculator(PagePool pool, ModelLimits limits, StepTimes times, int maxDraft)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxDraft, 1);
        var mostExtra = (int)Math.Min((long)maxDraft * limits.MaxSequences, limits.MaxLogitRows);
        _pool = pool;
        _limits = limits;
        _maxDraft = maxDraft;
        _costs = new StepCosts(times, limits.MaxSequences, mostExtra);
        _planner = new DraftPlanner(_costs, _account, limits.MaxSequences, mostExtra);
        _sequences = new Sequence[limits.MaxSequences];
    }

    /// <summary>What came of the guesses so far; any thread.</summary>
    public SpeculationCounters Counters => new(Volatile.Read(ref _steps), Volatile.Read(ref _drafted), Volatile.Read(ref _accepted));

    /// <summary>Adds guesses to a step that the scheduler has filled, as far as they are expected to pay and there is room to spare.</summary>
    public void Draft(Batch batch)
    {
        if (!OnlyDecodes(batch))
            return;

        _planner.Clear();
        for (var i = 0; i < batch.Count; i++)
        {
            var sequence = batch[i].Sequence;
            var drafter = sequence.Drafter ??= new Drafter(sequence, new HitRates(_rates));
            drafter.Update();
            _planner.Add(drafter, Math.Min(_maxDraft, sequence.MaxLength - sequence.Length - 1));
        }

        var counts = _planner.Plan(Math.Min(_limits.MaxTokens - batch.Tokens, _limits.MaxLogitRows - batch.LogitRows));
        if (counts.IndexOfAnyExcept(0) >= 0)
            Rebuild(batch, counts);
    }

    /// <summary>Learns from a step that went well; the times have, if it had no guesses.</summary>
    /// <param name="generated">Tokens that it gave.</param>
    public void Learn(Batch batch, double seconds, int generated)
    {
        if (!OnlyDecodes(batch))
            return;

        int sequences = batch.Count, extra = batch.Tokens - sequences;
        if (extra > 0)
        {
            Volatile.Write(ref _steps, _steps + 1);
            Volatile.Write(ref _drafted, _drafted + extra);
            Volatile.Write(ref _accepted, _accepted + Math.Max(0, generated - sequences));
        }

        _costs.Observe(sequences, extra, seconds);
        var plain = _costs.Plain(sequences);
        if (extra == 0)
            _account.Book(plain, plain, plain);
        else
            _account.Book(plain, plain * generated / sequences, Math.Min(seconds, plain * (1 + extra)));
    }

    void Rebuild(Batch batch, ReadOnlySpan<int> counts)
    {
        var sequences = _sequences.AsSpan(0, batch.Count);
        for (var i = 0; i < sequences.Length; i++)
            sequences[i] = batch[i].Sequence;

        // One page of headroom for each sequence: a guess must not make another one lose its pages.
        var spare = Math.Max(0, _pool.Free - sequences.Length);
        batch.Clear();
        for (var i = 0; i < sequences.Length; i++)
        {
            var sequence = sequences[i];
            var positions = (sequence.PageCount + spare) * _pool.PageSize - sequence.Length;
            var count = Math.Min(counts[i], positions);
            if (count > 0)
            {
                // There are enough pages: the count was cut to them.
                _pool.TryAllocate(sequence, sequence.Length + count, out var added);
                spare -= added;
                sequence.Drafter!.Fill(sequence.Draft(count));
            }

            batch.Add(new Slice(sequence, 1));
        }

        sequences.Clear();
    }

    static bool OnlyDecodes(Batch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch[i] is not { Known: 1, Completes: true })
                return false;
        }

        return true;
    }
}
