using KernelDsl.Runtime.Grammar.Characters;

namespace KernelDsl.Runtime.Grammar.Automaton;

/// <summary>Collects the nodes and edges of a grammar's rules, counting them against the limit as they come.</summary>
sealed class NfaBuilder
{
    /// <summary>Bytes of the longest token for which counts are shortened; see <see cref="Representatives"/>.</summary>
    public const int Horizon = 128;

    readonly RuleSet _rules;
    // Repeated bodies, as rules of their own: a count is then one edge per time.
    readonly Dictionary<Expression, int> _bodies = new(ReferenceEqualityComparer.Instance);
    readonly Queue<(int Rule, Expression Body)> _pending = new();

    public NfaBuilder(RuleSet rules)
    {
        _rules = rules;
        for (var rule = 0; rule < rules.Count; rule++)
            AddRule();
        for (var rule = 0; rule < rules.Count; rule++)
            Build(rules.Body(rule), Starts[rule], Ends[rule]);
        BuildPending();
        Root = AddRule();
        Build(rules.Root, Starts[Root], Ends[Root]);
        BuildPending();
    }

    public int Nodes { get; private set; }

    public int Root { get; }

    public List<int> Starts { get; } = [];

    public List<int> Ends { get; } = [];

    public List<int> Representatives { get; } = [];

    public List<(int From, (byte Low, byte High, int To) Edge)> Moves { get; } = [];

    public List<(int From, int Edge)> Epsilons { get; } = [];

    public List<(int From, (int Rule, int To) Edge)> Calls { get; } = [];

    /// <summary>What errors call a rule.</summary>
    public string Name(int rule) => rule < _rules.Count ? _rules.Name(rule) : "root";

    int AddRule()
    {
        Starts.Add(Add());
        Ends.Add(Add());
        return Starts.Count - 1;
    }

    void BuildPending()
    {
        while (_pending.TryDequeue(out var next))
            Build(next.Body, Starts[next.Rule], Ends[next.Rule]);
    }

    /// <summary>A new node.</summary>
    public int Add()
    {
        if (Nodes == GrammarLimits.Nodes)
        {
            throw GrammarException.Limit("The grammar needs too many nodes", GrammarLimits.Nodes,
                "Use smaller counts (maxLength, maxItems, {m,n}), or fewer alternatives.");
        }

        Representatives.Add(Nodes);
        return Nodes++;
    }

    void Build(Expression expression, int from, int to)
    {
        switch (expression)
        {
            case Literal literal:
                BuildLiteral(literal.Bytes, from, to);
                break;
            case Class one:
                new CharEdges(this, to).Add(from, one.Set, inJson: false);
                break;
            case Pattern pattern:
                BuildPattern(pattern, from, to);
                break;
            case Sequence sequence:
                for (var i = 0; i < sequence.Parts.Count; i++)
                {
                    var next = i == sequence.Parts.Count - 1 ? to : Add();
                    Build(sequence.Parts[i], from, next);
                    from = next;
                }

                if (sequence.Parts.Count == 0)
                    Epsilons.Add((from, to));
                break;
            case Choice choice:
                foreach (var option in choice.Options)
                    Build(option, from, to);
                break;
            case Reference reference:
                Calls.Add((from, (reference.Rule, to)));
                break;
            case Repeat repeat:
                BuildRepeat(repeat, from, to);
                break;
            case Without without:
                BuildWithout(without.Mark, from, to);
                break;
        }
    }

    void BuildLiteral(byte[] bytes, int from, int to)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            var next = i == bytes.Length - 1 ? to : Add();
            Moves.Add((from, (bytes[i], bytes[i], next)));
            from = next;
        }

        if (bytes.Length == 0)
            Epsilons.Add((from, to));
    }

    void BuildPattern(Pattern pattern, int from, int to)
    {
        var dfa = pattern.Dfa;
        var nodes = new int[dfa.Next.Count];
        for (var s = 0; s < nodes.Length; s++)
        {
            nodes[s] = Add();
            if (dfa.Ending[s])
                Epsilons.Add((nodes[s], to));
        }

        Epsilons.Add((from, nodes[0]));
        var edges = nodes.Select(node => new CharEdges(this, node)).ToArray();
        for (var s = 0; s < nodes.Length; s++)
        {
            foreach (var group in Enumerable.Range(0, dfa.Classes.Length).Where(c => dfa.Next[s][c] != CharDfa.Dead).GroupBy(c => dfa.Next[s][c]))
                edges[group.Key].Add(nodes[s], CharSet.Of(group.SelectMany(c => dfa.Classes[c].Ranges.ToArray())), pattern.InJson);
        }
    }

    void BuildRepeat(Repeat repeat, int from, int to)
    {
        if (Math.Max(repeat.Least, repeat.Most ?? 0) > GrammarLimits.Repetitions)
        {
            throw GrammarException.Limit($"The grammar counts to {Math.Max(repeat.Least, repeat.Most ?? 0)}", GrammarLimits.Repetitions,
                "Use a smaller count, or none.");
        }

        var chain = new int[(repeat.Most ?? repeat.Least) + 1];
        chain[0] = Add();
        Epsilons.Add((from, chain[0]));
        for (var i = 0; i < chain.Length; i++)
        {
            if (i > 0)
            {
                chain[i] = Add();
                BuildBody(repeat.Body, chain[i - 1], chain[i]);
            }

            if (i >= repeat.Least)
                Epsilons.Add((chain[i], to));
        }

        if (repeat.Most is null)
        {
            var loop = Add();
            Epsilons.Add((chain[^1], loop));
            Epsilons.Add((loop, to));
            BuildBody(repeat.Body, loop, loop);
        }

        // While both ends of the count are further away than a token reaches, its places are alike.
        for (var i = 0; i < chain.Length; i++)
        {
            var alike = i < repeat.Least ? repeat.Least - i > Horizon ? 0 : i
                : repeat.Most - i > Horizon ? repeat.Least : i;
            Representatives[chain[i]] = chain[alike];
        }
    }

    void BuildBody(Expression body, int from, int to)
    {
        if (body is Literal { Bytes.Length: 1 } or Class { Set.IsAscii: true } or Reference)
        {
            Build(body, from, to);
            return;
        }

        if (!_bodies.TryGetValue(body, out var rule))
        {
            _bodies.Add(body, rule = AddRule());
            _pending.Enqueue((rule, body));
        }

        Calls.Add((from, (rule, to)));
    }

    /// <summary>Knuth, Morris and Pratt's automaton of the mark, without its last step; a text may end anywhere.</summary>
    void BuildWithout(byte[] mark, int from, int to)
    {
        var nodes = mark.Select(_ => Add()).ToArray();
        Epsilons.Add((from, nodes[0]));
        for (var state = 0; state < mark.Length; state++)
        {
            Epsilons.Add((nodes[state], to));
            for (var b = 0; b < 256;)
            {
                var low = b;
                var target = MarkStep(mark, state, (byte)b);
                while (++b < 256 && MarkStep(mark, state, (byte)b) == target) { }
                if (target < mark.Length)
                    Moves.Add((nodes[state], ((byte)low, (byte)(b - 1), nodes[target])));
            }
        }
    }

    static int MarkStep(byte[] mark, int state, byte next)
    {
        ReadOnlySpan<byte> seen = [.. mark.AsSpan(0, state), next];
        while (!mark.AsSpan().StartsWith(seen))
            seen = seen[1..];
        return seen.Length;
    }
}
