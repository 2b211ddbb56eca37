namespace KernelDsl.Runtime.Text;

/// <summary>
/// Ends a text that comes in pieces at the first stop string, wherever the pieces are cut: the one whose last character comes first,
/// and of those that end together the longest. Text that may be the start of one is held back. An Aho-Corasick automaton, one step a character.
/// </summary>
public sealed class StopMatcher
{
    sealed class State(int depth)
    {
        public readonly Dictionary<char, State> Next = [];
        public readonly int Depth = depth;
        public State? Fallback;
        public string? Stop;
    }

    readonly State _root = new(0);
    readonly bool _includeStop;
    State _state;
    string _held = "";

    /// <param name="stops">Stop strings; none may be empty.</param>
    /// <param name="includeStop">Deliver the stop string as the end of the text.</param>
    public StopMatcher(IReadOnlyList<string> stops, bool includeStop = false)
    {
        _includeStop = includeStop;
        _state = _root;
        foreach (string stop in stops)
        {
            if (stop.Length == 0) throw new ArgumentException("a stop string is empty; allowed are strings of at least one character", nameof(stops));
            var state = _root;
            foreach (char c in stop)
                state = state.Next.TryGetValue(c, out var next) ? next : state.Next[c] = new(state.Depth + 1);
            state.Stop = stop;
        }
        LinkFallbacks();
    }

    /// <summary>The stop string that ended the text; null while none has.</summary>
    public string? Matched { get; private set; }

    /// <summary>Takes the next piece; returns the text that is now known to belong to the answer. Nothing after a match.</summary>
    public string Append(string piece)
    {
        if (Matched is not null) return "";
        string text = _held + piece;
        for (int i = _held.Length; i < text.Length; i++)
        {
            _state = Step(_state, text[i]);
            if (_state.Stop is null) continue;
            Matched = _state.Stop;
            _held = "";
            return text[..(i + 1 - (_includeStop ? 0 : Matched.Length))];
        }
        _held = text[^_state.Depth..];
        return text[..^_state.Depth];
    }

    /// <summary>What was held back, when nothing more comes.</summary>
    public string Flush()
    {
        string rest = _held;
        _held = "";
        _state = _root;
        return rest;
    }

    State Step(State state, char c)
    {
        for (State? from = state; from is not null; from = from.Fallback)
            if (from.Next.TryGetValue(c, out var next)) return next;
        return _root;
    }

    void LinkFallbacks()
    {
        Queue<State> queue = new([_root]);
        while (queue.TryDequeue(out var state))
            foreach (var (c, next) in state.Next)
            {
                next.Fallback = state == _root ? _root : Step(state.Fallback!, c);
                next.Stop ??= next.Fallback.Stop;
                queue.Enqueue(next);
            }
    }
}
