namespace KernelDsl;

/// <summary>Identity of an axis: blocks derived from one another share it. Compared by reference; the name is for messages.</summary>
internal sealed class AxisId(string name)
{
    public override string ToString() => name;
}

/// <summary>One axis of a tile. Id is null for a whole static axis (Full) and for the broadcast axis, which is Full(1).</summary>
internal readonly record struct TileAxis(int Length, int Live, AxisId? Id)
{
    public static TileAxis One => new(1, 1, null);

    public bool IsOne => Length == 1 && Id is null;

    /// <summary>The axis of a result that combines both.</summary>
    /// <exception cref="KernelException">KDSL0040: lengths differ. KDSL0041: same length, different blocks, or different live lanes.</exception>
    public static TileAxis Join(TileAxis a, TileAxis b, string what)
    {
        if (a.IsOne) return b;
        if (b.IsOne || a == b) return a;
        if (a.Length != b.Length)
            throw new KernelException($"KDSL0040: {what}: axis '{a}' of {a.Length} lanes cannot broadcast to axis '{b}' of {b.Length}");
        throw new KernelException(a.Id != b.Id
            ? $"KDSL0041: {what}: axis '{a}' does not match axis '{b}' (same length, different blocks)"
            : $"KDSL0041: {what}: axis '{a}' has {a.Live} live lanes on one side and {b.Live} on the other");
    }

    public override string ToString() => Id?.ToString() ?? $"Full({Length})";
}
