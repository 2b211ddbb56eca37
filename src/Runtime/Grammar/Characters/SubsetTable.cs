namespace KernelDsl.Runtime.Grammar.Characters;

/// <summary>Numbers sets of nodes in the order in which they are met, with a row of transitions each, within the limits.</summary>
sealed class SubsetTable(int classes)
{
    readonly Dictionary<string, int> _numbers = [];
    readonly List<int[]> _subsets = [];
    readonly List<int[]> _rows = [];

    public int Count => _subsets.Count;

    public int[] this[int state] => _subsets[state];

    public IReadOnlyList<int[]> Rows => _rows;

    /// <summary>The number of a set of nodes, which is in order.</summary>
    public int Enter(int[] subset)
    {
        var key = string.Create(2 * subset.Length, subset, static (span, nodes) =>
        {
            for (var i = 0; i < nodes.Length; i++)
                (span[2 * i], span[2 * i + 1]) = ((char)(nodes[i] >> 16), (char)nodes[i]);
        });
        if (_numbers.TryGetValue(key, out var number))
            return number;
        if (_subsets.Count == GrammarLimits.RegexStates || (long)_subsets.Count * classes > GrammarLimits.RegexTable)
        {
            throw GrammarException.Limit("The pattern needs too many states", GrammarLimits.RegexStates,
                "Counts after a repetition of the same characters multiply; simplify it.");
        }

        _numbers.Add(key, _subsets.Count);
        _subsets.Add(subset);
        return _subsets.Count - 1;
    }

    public void SetRow(int state, int[] row)
    {
        System.Diagnostics.Debug.Assert(state == _rows.Count);
        _rows.Add(row);
    }
}
