namespace KernelDsl.Runtime.Grammar.Automaton;

/// <summary>Where a text can be within one rule: nodes of that rule, closed under empty edges. Interned.</summary>
/// <param name="classes">Classes of bytes; 0: there are no edges over bytes.</param>
sealed class NodeSet(int[] nodes, bool accepts, bool goesOn, int classes)
{
    /// <summary>Nodes with edges over bytes or calls, in order, and the rule's end if it can be here.</summary>
    public int[] Nodes { get; } = nodes;

    /// <summary>The rule may end here.</summary>
    public bool Accepts { get; } = accepts;

    /// <summary>The rule may go on here.</summary>
    public bool GoesOn { get; } = goesOn;

    /// <summary>The set after a byte of each class; null: not known yet.</summary>
    public NodeSet?[] Next { get; } = new NodeSet?[classes];

    /// <summary>Rules that can be called, each with where the rule goes on after it; null: not known yet.</summary>
    public (NodeSet Start, NodeSet Return)[]? Calls { get; set; }

    /// <summary>Has edges over bytes.</summary>
    public bool Moves => Next.Length > 0;

    /// <summary>Tokens from here, as far as this rule tells; null: not known yet.</summary>
    public LocalTokens? Tokens { get; set; }
}

/// <summary>Where a rule was called: what follows there, and where that rule was called. Interned; null is the outermost rule.</summary>
sealed record Frame(NodeSet Return, Frame? Caller)
{
    public bool Equals(Frame? other) => other is not null && ReferenceEquals(Return, other.Return) && ReferenceEquals(Caller, other.Caller);

    public override int GetHashCode() =>
        HashCode.Combine(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(Return), System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(Caller));
}

/// <summary>One place that a text can be at.</summary>
readonly record struct Place(NodeSet Set, Frame? Caller)
{
    public bool Equals(Place other) => ReferenceEquals(Set, other.Set) && ReferenceEquals(Caller, other.Caller);

    public override int GetHashCode() =>
        HashCode.Combine(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(Set), System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(Caller));
}
