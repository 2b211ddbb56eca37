using System.Runtime.CompilerServices;

namespace KernelDsl.Runtime.Grammar.Automaton;

/// <summary>Nodes in order, equal by value.</summary>
readonly record struct NodeKey(int[] Nodes)
{
    public bool Equals(NodeKey other) => Nodes.AsSpan().SequenceEqual(other.Nodes);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var node in Nodes)
            hash.Add(node);
        return hash.ToHashCode();
    }
}

/// <summary>A set of places, equal whatever their order.</summary>
readonly record struct StateKey(Place[] Places, bool Ends)
{
    public bool Equals(StateKey other)
    {
        if (Ends != other.Ends || Places.Length != other.Places.Length)
            return false;
        if (Places.AsSpan().SequenceEqual(other.Places))
            return true;
        return Places.Length > 1 && Places.ToHashSet().SetEquals(other.Places);
    }

    public override int GetHashCode()
    {
        var hash = Ends ? 1 : 0;
        foreach (var (set, caller) in Places)
            hash += HashCode.Combine(RuntimeHelpers.GetHashCode(set), RuntimeHelpers.GetHashCode(caller));
        return hash;
    }
}
