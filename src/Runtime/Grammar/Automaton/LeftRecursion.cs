namespace KernelDsl.Runtime.Grammar.Automaton;

/// <summary>A rule that calls itself before it has read anything would call itself forever.</summary>
static class LeftRecursion
{
    /// <exception cref="GrammarException">Names such a rule.</exception>
    public static void Refuse(Nfa nfa, NfaBuilder builder)
    {
        var callees = new List<int>[nfa.Starts.Length];
        for (var rule = 0; rule < callees.Length; rule++)
            callees[rule] = FirstCalls(nfa, nfa.Starts[rule]);

        // 0 not seen, 1 on the path, 2 done; the stack holds how many callees of each rule on the path were followed.
        var marks = new byte[callees.Length];
        var path = new Stack<(int Rule, int Followed)>();
        for (var first = 0; first < callees.Length; first++)
        {
            if (marks[first] != 0)
                continue;
            marks[first] = 1;
            path.Push((first, 0));
            while (path.TryPop(out var top))
            {
                if (top.Followed == callees[top.Rule].Count)
                {
                    marks[top.Rule] = 2;
                    continue;
                }

                path.Push((top.Rule, top.Followed + 1));
                var next = callees[top.Rule][top.Followed];
                if (marks[next] == 1)
                    throw new GrammarException($"'{builder.Name(next)}' refers to itself before any text (left recursion), which is not supported.");
                if (marks[next] == 0)
                {
                    marks[next] = 1;
                    path.Push((next, 0));
                }
            }
        }
    }

    static List<int> FirstCalls(Nfa nfa, int start)
    {
        var seen = new HashSet<int>();
        var calls = new HashSet<int>();
        var open = new Stack<int>([start]);
        while (open.TryPop(out var node))
        {
            if (!nfa.Alive(node) || !seen.Add(node))
                continue;
            foreach (var to in nfa.Epsilons(node))
                open.Push(to);
            foreach (var (rule, to) in nfa.Calls(node))
            {
                calls.Add(rule);
                if (nfa.IsNullable(rule))
                    open.Push(to);
            }
        }

        return [.. calls];
    }
}
