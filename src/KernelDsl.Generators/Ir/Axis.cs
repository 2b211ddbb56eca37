namespace KernelDsl.Generators.Ir;

/// <summary>
/// One axis of a tile: a compile-time length, the identity of the block it came from, and how many of its lanes are live at run time.
/// Two axes combine only when their identities are equal (shifts of a block keep it). Id null: no block; length 1 is the broadcast axis,
/// longer ones are whole static axes (Full), which match any other of the same length.
/// </summary>
public sealed record Axis(int Length, string? Id, Scalar Live)
{
    /// <summary>The size-1 axis that broadcasts.</summary>
    public static Axis One { get; } = new(1, null, 1);

    /// <summary>Whether this axis broadcasts against any other.</summary>
    public bool IsOne => Length == 1 && Id is null;

    /// <summary>Whether every lane is live in every program.</summary>
    public bool IsFull => Live is IntConst live && live.Value == Length;

    /// <summary>Same block and same length, whatever the live count's spelling.</summary>
    public bool Matches(Axis other) => Length == other.Length && Id == other.Id;

    public override string ToString() => Id is null ? $"{Length}" : $"{Length}:{Id}";
}

/// <summary>One index of a load or store: an int, or a block of consecutive positions.</summary>
public abstract record ViewIndex;

/// <summary>A uniform index.</summary>
public sealed record ScalarIndex(Scalar Value) : ViewIndex
{
    public override string ToString() => Value.ToString();
}

/// <summary>Positions Start .. Start + Axis.Live (at most Axis.Length of them).</summary>
public sealed record BlockIndex(Axis Axis, Scalar Start) : ViewIndex
{
    public override string ToString() => $"{Start} +: {Axis}";
}
