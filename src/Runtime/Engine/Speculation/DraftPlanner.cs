namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Chooses how many guesses each sequence of a step gets, so that tokens per second are expected to be most (the rule of Leviathan et al.
/// 2023, section 3.4, for a batch and with measured costs). Guess by guess the likeliest next one joins: the best choice for each number
/// of guesses, because a sequence's guesses get ever less likely. One thread; allocates nothing after construction.
/// </summary>
sealed class DraftPlanner(StepCosts costs, LossAccount account, int mostSequences, int mostExtra)
{
    // Less is not told from noise.
    const double WorthIt = 1.02;

    readonly Drafter?[] _drafters = new Drafter?[mostSequences];
    readonly int[] _rooms = new int[mostSequences];
    readonly int[] _counts = new int[mostSequences];
    readonly double[] _chances = new double[mostSequences];
    readonly int[] _order = new int[mostExtra];
    int _sequences;

    /// <summary>Begins a step.</summary>
    public void Clear() => _sequences = 0;

    /// <summary>Adds a sequence that gets one token, and at most so many guesses.</summary>
    public void Add(Drafter drafter, int room)
    {
        _drafters[_sequences] = drafter;
        _rooms[_sequences++] = drafter.Match > 0 ? room : 0;
    }

    /// <summary>Guesses per sequence in the order of <see cref="Add"/>; valid until the next step.</summary>
    /// <param name="room">Most guesses of all together.</param>
    public ReadOnlySpan<int> Plan(int room)
    {
        var counts = _counts.AsSpan(0, _sequences);
        counts.Clear();
        if (costs.NeedsPlain(_sequences))
            return counts;

        for (var i = 0; i < _sequences; i++)
            _chances[i] = _rooms[i] > 0 ? _drafters[i]!.Chance(0) : 0;

        var plain = costs.Plain(_sequences);
        double expected = _sequences, best = WorthIt * _sequences;
        var chosen = 0;
        room = Math.Min(Math.Min(room, _order.Length), costs.Reach(_sequences));
        for (var extra = 1; extra <= room; extra++)
        {
            var likeliest = Likeliest();
            if (_chances[likeliest] <= 0)
                break;

            expected += _chances[likeliest];
            _order[extra - 1] = likeliest;
            counts[likeliest]++;
            _chances[likeliest] *= counts[likeliest] < _rooms[likeliest] ? _drafters[likeliest]!.Chance(counts[likeliest]) : 0;

            var ratio = costs.Ratio(_sequences, extra);
            if (expected / ratio > best && account.Allows((ratio - 1) * plain))
                (best, chosen) = (expected / ratio, extra);
        }

        counts.Clear();
        foreach (var i in _order.AsSpan(0, chosen))
            counts[i]++;
        return counts;
    }

    int Likeliest()
    {
        var likeliest = 0;
        for (var i = 1; i < _sequences; i++)
            likeliest = _chances[i] > _chances[likeliest] ? i : likeliest;
        return likeliest;
    }
}
