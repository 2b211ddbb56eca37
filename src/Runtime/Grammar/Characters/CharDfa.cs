using KernelDsl.Runtime.Grammar.Regex;

namespace KernelDsl.Runtime.Grammar.Characters;

/// <summary>A deterministic automaton over characters; state 0 is the start. Equal by reference.</summary>
/// <param name="classes">Disjoint sets of characters.</param>
/// <param name="next">Per state, the state after a character of each class; <see cref="Dead"/>: none.</param>
/// <param name="accepts">Per state, whether a text may end there.</param>
sealed class CharDfa(CharSet[] classes, IReadOnlyList<int[]> next, IReadOnlyList<bool> accepts)
{
    /// <summary>No text goes on from here.</summary>
    public const int Dead = -1;

    public CharSet[] Classes { get; } = classes;

    public IReadOnlyList<int[]> Next { get; } = next;

    public IReadOnlyList<bool> Ending { get; } = accepts;

    /// <summary>The automaton of a regular expression (subset construction).</summary>
    /// <exception cref="GrammarException">It has too many states.</exception>
    public static CharDfa Of(RegexNode regex)
    {
        var nfa = new RegexNfa(regex);
        CharSet[] sets = [.. Enumerable.Range(0, nfa.Count).Where(n => nfa.Move(n) is not null).Select(n => nfa.Move(n)!.Value.Set).Distinct()];
        if (sets.Length > char.MaxValue)
            throw GrammarException.Limit("The pattern has too many different character classes", char.MaxValue, "Use fewer.");
        var (classes, members) = Alphabet.Of(sets);
        var setOf = sets.Select((set, i) => (set, i)).ToDictionary(p => p.set, p => p.i);
        var subsets = new SubsetTable(classes.Length);
        subsets.Enter(Closure(nfa, [RegexNfa.Start]));
        for (var state = 0; state < subsets.Count; state++)
        {
            var targets = new List<int>?[classes.Length];
            foreach (var node in subsets[state])
            {
                if (nfa.Move(node) is not var (set, to))
                    continue;
                foreach (var c in members[setOf[set]])
                    (targets[c] ??= []).Add(to);
            }

            subsets.SetRow(state, [.. targets.Select(t => t is null ? Dead : subsets.Enter(Closure(nfa, t)))]);
        }

        return Trim(classes, subsets.Rows, [.. Enumerable.Range(0, subsets.Count).Select(s => Array.BinarySearch(subsets[s], RegexNfa.End) >= 0)]);
    }

    /// <summary>Texts of both; null: all texts.</summary>
    public static CharDfa? Both(CharDfa? one, CharDfa? other) => one is null ? other : other is null ? one : one.Intersect(other);

    /// <summary>Texts of both.</summary>
    public CharDfa Intersect(CharDfa other)
    {
        var pairs = (from i in Enumerable.Range(0, Classes.Length)
                     from j in Enumerable.Range(0, other.Classes.Length)
                     let common = Classes[i].Intersect(other.Classes[j])
                     where !common.IsEmpty
                     select (i, j, common)).ToArray();
        var states = new SubsetTable(pairs.Length);
        states.Enter([0, 0]);
        for (var state = 0; state < states.Count; state++)
        {
            int a = states[state][0], b = states[state][1];
            states.SetRow(state, [.. pairs.Select(p => (Next[a][p.i], other.Next[b][p.j]) is var (x, y) && x != Dead && y != Dead ? states.Enter([x, y]) : Dead)]);
        }

        return Trim([.. pairs.Select(p => p.common)], states.Rows,
            [.. Enumerable.Range(0, states.Count).Select(s => Ending[states[s][0]] && other.Ending[states[s][1]])]);
    }

    /// <summary>All texts but these.</summary>
    public CharDfa Complement()
    {
        // One more class, of the characters in none, and one more state, where all texts are that have left the automaton.
        var rest = Classes.Aggregate(CharSet.None, (all, set) => all.Union(set)).Complement();
        var left = Next.Count;
        IEnumerable<int[]> rows = Next.Select(row => (int[])[.. row.Select(to => to == Dead ? left : to), left]);
        return Trim([.. Classes, rest], [.. rows, [.. Enumerable.Repeat(left, Classes.Length + 1)]], [.. Ending.Select(ending => !ending), true]);
    }

    /// <summary>Texts of so many characters.</summary>
    public static CharDfa OfLength(int least, int? most)
    {
        var last = most ?? least;
        return new([CharSet.Any],
            [.. Enumerable.Range(0, last + 1).Select(i => new[] { i < last ? i + 1 : most is null ? i : Dead })],
            [.. Enumerable.Range(0, last + 1).Select(i => i >= least)]);
    }

    /// <summary>All texts but these.</summary>
    public static CharDfa Excluding(IEnumerable<string> texts)
    {
        // A trie; state 1 is where all texts are that have left it.
        var words = new List<Dictionary<int, int>> { new(), new() };
        var excluded = new HashSet<int>();
        foreach (var text in texts)
        {
            var state = 0;
            foreach (var rune in text.EnumerateRunes())
            {
                if (!words[state].TryGetValue(rune.Value, out var to))
                {
                    words[state].Add(rune.Value, to = words.Count);
                    words.Add([]);
                }

                state = to;
            }

            excluded.Add(state);
        }

        int[] letters = [.. words.SelectMany(w => w.Keys).Distinct().Order()];
        var rest = CharSet.Of(letters.Select(l => (l, l))).Complement();
        if ((long)words.Count * letters.Length > GrammarLimits.RegexTable)
            throw GrammarException.Limit("The names of an object's properties are too long together", GrammarLimits.RegexTable, "Set additionalProperties to false.");
        return new([.. letters.Select(CharSet.Of), rest],
            [.. words.Select(w => (int[])[.. letters.Select(l => w.GetValueOrDefault(l, 1)), 1])],
            [.. Enumerable.Range(0, words.Count).Select(s => !excluded.Contains(s))]);
    }

    /// <summary>There is no text.</summary>
    public bool IsNever => !Ending.Contains(true);

    /// <summary>Whether a text is one of these.</summary>
    public bool Accepts(string text)
    {
        var state = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var c = Array.FindIndex(Classes, set => set.Contains(rune.Value));
            state = c < 0 ? Dead : Next[state][c];
            if (state == Dead)
                return false;
        }

        return Ending[state];
    }

    static int[] Closure(RegexNfa nfa, List<int> nodes)
    {
        var seen = new HashSet<int>(nodes);
        var open = new Stack<int>(nodes);
        while (open.TryPop(out var node))
        {
            foreach (var next in nfa.Epsilons(node))
            {
                if (seen.Add(next))
                    open.Push(next);
            }
        }

        return [.. seen.Where(n => n == RegexNfa.End || nfa.Move(n) is not null).Order()];
    }

    /// <summary>Makes states dead from which no text ends.</summary>
    static CharDfa Trim(CharSet[] classes, IReadOnlyList<int[]> rows, IReadOnlyList<bool> accepts)
    {
        var sources = rows.Select(_ => new List<int>()).ToArray();
        for (var s = 0; s < rows.Count; s++)
        {
            foreach (var t in rows[s].Where(t => t != Dead))
                sources[t].Add(s);
        }

        var alive = accepts.ToArray();
        var open = new Stack<int>(Enumerable.Range(0, rows.Count).Where(s => alive[s]));
        while (open.TryPop(out var state))
        {
            foreach (var source in sources[state])
            {
                if (alive[source])
                    continue;
                alive[source] = true;
                open.Push(source);
            }
        }

        foreach (var row in rows)
        {
            for (var c = 0; c < row.Length; c++)
                row[c] = row[c] != Dead && alive[row[c]] ? row[c] : Dead;
        }

        return new(classes, rows, accepts);
    }
}
