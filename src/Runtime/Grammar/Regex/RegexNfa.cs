using KernelDsl.Runtime.Grammar.Characters;

namespace KernelDsl.Runtime.Grammar.Regex;

/// <summary>Thompson's automaton of a regular expression. Node 0 is the start, 1 the end.</summary>
sealed class RegexNfa
{
    readonly List<List<int>> _epsilons = [[], []];
    readonly List<(CharSet Set, int To)?> _moves = [null, null];

    public RegexNfa(RegexNode root)
    {
        if (Size(root) > GrammarLimits.RegexStates)
        {
            throw GrammarException.Limit("The pattern needs too many states once its counts are spelt out", GrammarLimits.RegexStates,
                "Use smaller counts, or none.");
        }

        Build(root, 0, 1);
    }

    public const int Start = 0, End = 1;

    public int Count => _moves.Count;

    public IReadOnlyList<int> Epsilons(int node) => _epsilons[node];

    public (CharSet Set, int To)? Move(int node) => _moves[node];

    /// <summary>Nodes that building it takes, or a number above any limit; nothing is built yet.</summary>
    static double Size(RegexNode node) => node switch
    {
        RegexClass => 2,
        RegexSequence sequence => 1 + sequence.Parts.Sum(Size),
        RegexChoice choice => 1 + choice.Options.Sum(Size),
        RegexRepeat repeat => 1 + (Size(repeat.Body) + 1) * Math.Max(1, repeat.Most ?? repeat.Least + 1),
        _ => throw new InvalidOperationException(node.ToString()),
    };

    void Build(RegexNode node, int from, int to)
    {
        switch (node)
        {
            case RegexClass { Set.IsEmpty: true }:
                break;
            case RegexClass one:
                var start = Add();
                _epsilons[from].Add(start);
                _moves[start] = (one.Set, to);
                break;
            case RegexSequence sequence:
                for (var i = 0; i < sequence.Parts.Count - 1; i++)
                {
                    var next = Add();
                    Build(sequence.Parts[i], from, next);
                    from = next;
                }

                if (sequence.Parts.Count == 0)
                    _epsilons[from].Add(to);
                else
                    Build(sequence.Parts[^1], from, to);
                break;
            case RegexChoice choice:
                foreach (var option in choice.Options)
                    Build(option, from, to);
                break;
            case RegexRepeat repeat:
                Build(repeat, from, to);
                break;
        }
    }

    void Build(RegexRepeat repeat, int from, int to)
    {
        for (var i = 0; i < repeat.Least; i++)
            from = Built(repeat.Body, from);
        if (repeat.Most is not { } most)
        {
            var loop = Add();
            _epsilons[from].Add(loop);
            _epsilons[loop].Add(to);
            _epsilons[Built(repeat.Body, loop)].Add(loop);
            return;
        }

        _epsilons[from].Add(to);
        for (var i = repeat.Least; i < most; i++)
        {
            from = Built(repeat.Body, from);
            _epsilons[from].Add(to);
        }
    }

    int Built(RegexNode body, int from)
    {
        var end = Add();
        Build(body, from, end);
        return end;
    }

    int Add()
    {
        _moves.Add(null);
        _epsilons.Add([]);
        return _moves.Count - 1;
    }
}
