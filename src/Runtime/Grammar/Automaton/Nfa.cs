namespace KernelDsl.Runtime.Grammar.Automaton;

/// <summary>
/// The automaton of a grammar: one graph per rule, whose edges are ranges of bytes, nothing, or calls of rules. Edges lie in arrays by source.
/// Nodes from which no text can end are cut off.
/// </summary>
sealed class Nfa
{
    readonly NfaEdges<(byte Low, byte High, int To)> _moves;
    readonly NfaEdges<int> _epsilons;
    readonly NfaEdges<(int Rule, int To)> _calls;
    readonly bool[] _alive;
    readonly bool[] _nullable;

    public Nfa(NfaBuilder builder)
    {
        Starts = [.. builder.Starts];
        Ends = [.. builder.Ends];
        (_moves, _epsilons, _calls) = (new(builder.Nodes, builder.Moves), new(builder.Nodes, builder.Epsilons), new(builder.Nodes, builder.Calls));
        Representatives = [.. builder.Representatives];
        IsEnd = new bool[builder.Nodes];
        foreach (var end in Ends)
            IsEnd[end] = true;
        _alive = NfaReach.Of(this, builder, overBytes: true);
        _nullable = NfaReach.Of(this, builder, overBytes: false);
        (ByteClasses, ClassCount) = Classify(builder);
    }

    /// <summary>First node of each rule; the last rule is the whole text.</summary>
    public int[] Starts { get; }

    /// <summary>Last node of each rule.</summary>
    public int[] Ends { get; }

    public bool[] IsEnd { get; }

    /// <summary>For each node one that goes on alike for <see cref="NfaBuilder.Horizon"/> bytes; counts have many such.</summary>
    public int[] Representatives { get; }

    /// <summary>Class of each byte: no edge tells two bytes of a class apart.</summary>
    public byte[] ByteClasses { get; }

    public int ClassCount { get; }

    public ReadOnlySpan<(byte Low, byte High, int To)> Moves(int node) => _moves[node];

    public ReadOnlySpan<(int Rule, int To)> Calls(int node) => _calls[node];

    public ReadOnlySpan<int> Epsilons(int node) => _epsilons[node];

    /// <summary>Some text leads from here to the end of the rule.</summary>
    public bool Alive(int node) => _alive[node];

    /// <summary>A rule that has the empty text.</summary>
    public bool IsNullable(int rule) => _nullable[Starts[rule]];

    static (byte[] Classes, int Count) Classify(NfaBuilder builder)
    {
        var cuts = new bool[257];
        foreach (var (_, (low, high, _)) in builder.Moves)
            cuts[low] = cuts[high + 1] = true;
        var classes = new byte[256];
        for (var b = 1; b < 256; b++)
            classes[b] = (byte)(classes[b - 1] + (cuts[b] ? 1 : 0));
        return (classes, classes[255] + 1);
    }
}

/// <summary>Edges by source.</summary>
sealed class NfaEdges<T>
{
    readonly int[] _first;
    readonly T[] _edges;

    public NfaEdges(int nodes, List<(int From, T Edge)> edges)
    {
        _first = new int[nodes + 1];
        foreach (var (from, _) in edges)
            _first[from + 1]++;
        for (var i = 0; i < nodes; i++)
            _first[i + 1] += _first[i];
        _edges = new T[edges.Count];
        var next = _first.ToArray();
        foreach (var (from, edge) in edges)
            _edges[next[from]++] = edge;
    }

    public ReadOnlySpan<T> this[int node] => _edges.AsSpan(_first[node].._first[node + 1]);
}
