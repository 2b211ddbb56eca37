using KernelDsl.Runtime.Grammar.Automaton;

namespace KernelDsl.Runtime.Grammar.Tokens;

/// <summary>
/// Finds the tokens that a grammar allows in a state: exactly those whose bytes lead to a state that is not dead. Most of the work depends on the
/// place within a rule alone and is kept for it, so that a string at any depth of a document costs the walk over the vocabulary once;
/// per state only the tokens that leave the rule are looked at. Thread-safe.
/// </summary>
sealed class TokenFinder(Machine machine, TokenTrie trie)
{
    readonly Lock _lock = new();
    readonly State[] _path = new State[trie.MaxLength + 1];
    readonly List<NodeSet> _kept = [];
    long _bytes;

    /// <summary>The grammar.</summary>
    public Machine Machine => machine;

    /// <summary>The vocabulary.</summary>
    public TokenTrie Trie => trie;

    /// <summary>The state after a token.</summary>
    public State Next(State state, int token)
    {
        lock (_lock)
        {
            machine.Allow(GrammarLimits.StatesPerStep);
            foreach (var b in trie.Text(token))
                state = machine.Next(state, b);
            return state;
        }
    }

    /// <summary>Bits of the tokens that may come next.</summary>
    public ulong[] TokensAt(State state)
    {
        if (state.Tokens is { } known)
            return known;
        lock (_lock)
        {
            if (_bytes + machine.Bytes > GrammarLimits.CachedBytes)
                Forget();
            machine.Allow(GrammarLimits.StatesPerStep);
            return state.Tokens = Find(state);
        }
    }

    ulong[] Find(State state)
    {
        if (state.Places is [{ Caller: null } only])
            return Local(only.Set).Bits;

        var bits = new ulong[trie.Words];
        _bytes += 8 * bits.Length;
        foreach (var (set, caller) in state.Places)
        {
            var local = Local(set);
            for (var i = 0; i < bits.Length; i++)
                bits[i] |= local.Bits[i];
            if (caller is null || local.Exits.Length == 0)
                continue;
            var rest = machine.At(caller.Return, caller.Caller);
            foreach (var exit in local.Exits)
                Walk(exit, rest, bits, exits: null);
        }

        return bits;
    }

    LocalTokens Local(NodeSet set)
    {
        if (set.Tokens is { } known)
            return known;
        // Counts are shortened for tokens up to the horizon only.
        var alone = trie.MaxLength <= NfaBuilder.Horizon ? machine.Representative(set) : set;
        if (alone.Tokens is null)
        {
            var bits = new ulong[trie.Words];
            var exits = new List<int>();
            Walk(TokenTrie.Root, machine.At(alone, null), bits, exits);
            alone.Tokens = new LocalTokens(bits, [.. exits]);
            _bytes += 8 * bits.Length + 4 * exits.Count;
            _kept.Add(alone);
        }

        if (alone != set)
        {
            set.Tokens = alone.Tokens;
            _kept.Add(set);
        }

        return alone.Tokens;
    }

    /// <summary>Marks the tokens below a node of the tree, at which the grammar is in a state.</summary>
    void Walk(int node, State state, ulong[] bits, List<int>? exits)
    {
        var top = trie.Depth(node);
        var after = trie.After(node);
        var classes = machine.ByteClasses;
        _path[top] = state;
        for (var i = node + 1; i < after;)
        {
            var depth = trie.Depth(i);
            var from = _path[depth - 1];
            var next = (from.Next.Length == 0 ? machine.Dead : from.Next[classes[trie.Byte(i)]]) ?? machine.Next(from, trie.Byte(i));
            if (next.IsDead)
            {
                i = trie.After(i);
                continue;
            }

            _path[depth] = next;
            trie.Mark(i, bits);
            if (next.Ends)
                exits?.Add(i);
            i++;
        }
    }

    void Forget()
    {
        foreach (var set in _kept)
            set.Tokens = null;
        _kept.Clear();
        _bytes = 0;
        machine.Forget();
    }
}
