namespace KernelDsl.Runtime.Grammar.Automaton;

/// <summary>From which nodes the end of their rule can be reached, through calls of rules of which the same is true.</summary>
static class NfaReach
{
    /// <param name="overBytes">False: without any byte.</param>
    public static bool[] Of(Nfa nfa, NfaBuilder builder, bool overBytes)
    {
        var reached = new bool[builder.Nodes];
        var sources = new NfaEdges<int>(builder.Nodes,
            [.. builder.Epsilons.Select(e => (e.Edge, e.From)), .. overBytes ? builder.Moves.Select(e => (e.Edge.To, e.From)) : []]);
        // A call is passed when both the rule's start and what follows the call have been reached: it is looked at from both.
        var calls = new NfaEdges<(int From, int Other)>(builder.Nodes,
            [.. builder.Calls.Select(c => (c.Edge.To, (c.From, nfa.Starts[c.Edge.Rule]))), .. builder.Calls.Select(c => (nfa.Starts[c.Edge.Rule], (c.From, c.Edge.To)))]);
        var open = new Stack<int>();
        void Reach(int node)
        {
            if (reached[node])
                return;
            reached[node] = true;
            open.Push(node);
        }

        foreach (var end in nfa.Ends)
            Reach(end);
        while (open.TryPop(out var node))
        {
            foreach (var source in sources[node])
                Reach(source);
            foreach (var (source, other) in calls[node])
            {
                if (reached[other])
                    Reach(source);
            }
        }

        return reached;
    }
}
