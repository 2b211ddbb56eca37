using KernelDsl.Runtime.Engine;

namespace KernelDsl.Runtime.Grammar.Automaton;

/// <summary>
/// Runs a grammar over bytes: a pushdown automaton whose stacks are shared lists, made deterministic state by state as texts need them. One
/// thread at a time.
/// </summary>
sealed class Machine
{
    readonly Nfa _nfa;
    readonly Dictionary<NodeKey, NodeSet> _sets = [];
    readonly Dictionary<Frame, Frame> _frames = [];
    readonly Dictionary<StateKey, State> _states = [];
    readonly List<Place> _targets = [];
    readonly NodeSet[] _starts;
    readonly NodeSet _nowhere;
    int _budget = int.MaxValue;

    /// <exception cref="GrammarException">No text satisfies the grammar, a rule calls itself before any text, or a limit is passed.</exception>
    public Machine(RuleSet rules)
    {
        var builder = new NfaBuilder(rules);
        _nfa = new Nfa(builder);
        LeftRecursion.Refuse(_nfa, builder);
        Dead = new State([], ends: false, 0);
        _nowhere = SetOf([]);
        _starts = [.. _nfa.Starts.Select(start => SetOf([start]))];
        if (!_nfa.Alive(_nfa.Starts[builder.Root]))
            throw new GrammarException("No text satisfies the grammar: its parts exclude each other.");
        Start = StateOf(new Place(_starts[builder.Root], null));
    }

    /// <summary>Before the first byte.</summary>
    public State Start { get; }

    /// <summary>After a byte that nothing allows.</summary>
    public State Dead { get; }

    /// <summary>Class of each byte; states are indexed by it.</summary>
    public byte[] ByteClasses => _nfa.ByteClasses;

    /// <summary>About how many bytes <see cref="Forget"/> frees; sets of nodes are few, and stay.</summary>
    public long Bytes => _states.Count * (120L + 8 * _nfa.ClassCount) + _frames.Count * 100L;

    /// <summary>Forgets all states; those in use stay valid.</summary>
    public void Forget()
    {
        _states.Clear();
        _frames.Clear();
        Array.Clear(Start.Next);
        Start.Inner = null;
        Start.Tokens = null;
    }

    /// <summary>Whether all bytes together are a text of the grammar.</summary>
    public bool Accepts(ReadOnlySpan<byte> text)
    {
        var state = Start;
        foreach (var b in text)
            state = Next(state, b);
        return state.Ends;
    }

    /// <summary>The state after one more byte.</summary>
    public State Next(State state, byte b)
    {
        if (state.Next.Length == 0)
            return Dead;
        var c = _nfa.ByteClasses[b];
        return state.Next[c] ??= Step(state, b);
    }

    /// <summary>From now on, this many new states may be made.</summary>
    public void Allow(int states) => _budget = states;

    /// <summary>The state at one place; no caller: as if the place's rule were the whole text.</summary>
    public State At(NodeSet set, Frame? caller) => StateOf(new Place(set, caller));

    State Step(State state, byte b)
    {
        _targets.Clear();
        foreach (var place in state.Inner ??= Descend(state.Places))
        {
            var set = Step(place.Set, b);
            if (set != _nowhere)
                _targets.Add(new Place(set, place.Caller));
        }

        return _targets.Count switch { 0 => Dead, 1 => StateOf(_targets[0]), _ => StateOf(_targets) };
    }

    /// <summary>The same as for several places, without their bookkeeping: most steps of most grammars go to one.</summary>
    State StateOf(Place place)
    {
        while (place is { Set: { Accepts: true, GoesOn: false }, Caller: { } frame })
            place = new Place(frame.Return, frame.Caller);
        return place.Set.Accepts ? StateOf([place]) : Intern([place], ends: false);
    }

    NodeSet Step(NodeSet set, byte b)
    {
        ref var next = ref set.Next[_nfa.ByteClasses[b]];
        if (next is not null)
            return next;
        var targets = new List<int>();
        foreach (var node in set.Nodes)
        {
            foreach (var (low, high, to) in _nfa.Moves(node))
            {
                if (b >= low && b <= high)
                    targets.Add(to);
            }
        }

        return next = targets.Count == 0 ? _nowhere : SetOf(targets);
    }

    /// <summary>Goes back to the callers wherever a rule may end, and looks the state up.</summary>
    State StateOf(List<Place> open)
    {
        var seen = new HashSet<Place>();
        var places = new List<Place>();
        var ends = false;
        for (var i = 0; i < open.Count; i++)
        {
            var (set, caller) = open[i];
            if (!seen.Add(open[i]))
                continue;
            if (seen.Count > GrammarLimits.Ambiguity)
                throw TooMuch("it can be read in too many ways at once", GrammarLimits.Ambiguity);
            if (set.GoesOn)
                places.Add(open[i]);
            if (set.Accepts && caller is null)
                ends = true;
            else if (set.Accepts)
                open.Add(new Place(caller!.Return, caller.Caller));
        }

        return places.Count == 0 && !ends ? Dead : Intern([.. places], ends);
    }

    State Intern(Place[] places, bool ends)
    {
        var key = new StateKey(places, ends);
        if (_states.TryGetValue(key, out var state))
            return state;
        if (_budget-- == 0)
            throw TooMuch("finding the next tokens takes too many states", GrammarLimits.StatesPerStep);
        _states.Add(key, state = new State(places, ends, _nfa.ClassCount));
        return state;
    }

    /// <summary>Enters the rules that are called at the places; what follows a call at the very end of a rule is the caller's own.</summary>
    Place[] Descend(Place[] places)
    {
        var seen = new HashSet<Place>();
        var inner = new List<Place>();
        var open = new Stack<Place>(places);
        while (open.TryPop(out var place))
        {
            if (!seen.Add(place))
                continue;
            if (seen.Count > GrammarLimits.Ambiguity)
                throw TooMuch("it can be read in too many ways at once", GrammarLimits.Ambiguity);
            if (place.Set.Moves)
                inner.Add(place);
            foreach (var (start, after) in place.Set.Calls ??= CallsOf(place.Set))
                open.Push(new Place(start, after.GoesOn ? FrameOf(after, place.Caller) : place.Caller));
        }

        return [.. inner];
    }

    (NodeSet Start, NodeSet Return)[] CallsOf(NodeSet set)
    {
        var returns = new SortedDictionary<int, List<int>>();
        foreach (var node in set.Nodes)
        {
            foreach (var (rule, to) in _nfa.Calls(node))
            {
                if (!_nfa.Alive(_nfa.Starts[rule]) || !_nfa.Alive(to))
                    continue;
                if (!returns.TryGetValue(rule, out var list))
                    returns.Add(rule, list = []);
                list.Add(to);
            }
        }

        return [.. returns.Select(pair => (_starts[pair.Key], SetOf(pair.Value)))];
    }

    Frame FrameOf(NodeSet after, Frame? caller)
    {
        var frame = new Frame(after, caller);
        if (_frames.TryGetValue(frame, out var known))
            return known;
        _frames.Add(frame, frame);
        return frame;
    }

    /// <summary>A place that goes on alike for <see cref="NfaBuilder.Horizon"/> bytes.</summary>
    public NodeSet Representative(NodeSet set)
    {
        int[] nodes = [.. set.Nodes.Select(node => _nfa.Representatives[node])];
        return nodes.AsSpan().SequenceEqual(set.Nodes) ? set : Intern([.. nodes.Distinct().Order()]);
    }

    /// <summary>The closure of nodes under empty edges and calls of rules that may be empty.</summary>
    NodeSet SetOf(List<int> nodes)
    {
        var seen = new HashSet<int>();
        var open = new Stack<int>(nodes);
        var kept = new List<int>();
        while (open.TryPop(out var node))
        {
            if (!_nfa.Alive(node) || !seen.Add(node))
                continue;
            if (_nfa.IsEnd[node] || _nfa.Moves(node).Length > 0 || _nfa.Calls(node).Length > 0)
                kept.Add(node);
            foreach (var to in _nfa.Epsilons(node))
                open.Push(to);
            foreach (var (rule, to) in _nfa.Calls(node))
            {
                if (_nfa.IsNullable(rule))
                    open.Push(to);
            }
        }

        kept.Sort();
        return Intern([.. kept]);
    }

    NodeSet Intern(int[] nodes)
    {
        var key = new NodeKey(nodes);
        if (_sets.TryGetValue(key, out var set))
            return set;
        if (_sets.Count > GrammarLimits.Nodes)
            throw TooMuch("it has too many states", GrammarLimits.Nodes);
        var moves = nodes.Any(node => _nfa.Moves(node).Length > 0);
        set = new NodeSet(nodes, nodes.Any(node => _nfa.IsEnd[node]), moves || nodes.Any(node => _nfa.Calls(node).Length > 0), moves ? _nfa.ClassCount : 0);
        _sets.Add(key, set);
        return set;
    }

    static GenerationException TooMuch(string what, int most) => new(GenerationError.ConstraintFailed,
        $"The grammar of this request is too ambiguous: {what}; at most {most} are allowed. Simplify the schema, pattern or grammar.");
}
