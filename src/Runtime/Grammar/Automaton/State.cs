namespace KernelDsl.Runtime.Grammar.Automaton;

/// <summary>All places that the text read so far can be at. Interned as far as memory allows, so equal ones may be two.</summary>
/// <param name="ends">The text may end here.</param>
sealed class State(Place[] places, bool ends, int classes)
{
    /// <summary>Before rules are called; none twice.</summary>
    public Place[] Places { get; } = places;

    /// <summary>The text may end here.</summary>
    public bool Ends { get; } = ends;

    /// <summary>No text goes through here.</summary>
    public bool IsDead => Places.Length == 0 && !Ends;

    /// <summary>The places with edges over bytes, inside the rules called from <see cref="Places"/>; null: not known yet.</summary>
    public Place[]? Inner { get; set; }

    /// <summary>The state after a byte of each class; null: not known yet.</summary>
    public State?[] Next { get; } = new State?[places.Length == 0 ? 0 : classes];

    /// <summary>Tokens from here; null: not known, or dropped.</summary>
    public ulong[]? Tokens { get; set; }
}
