using System.Diagnostics;

namespace KernelDsl;

/// <summary>
/// A run of consecutive indices along one axis. Its length is a compile-time constant, its start is not, and at the end of an axis only
/// the first <see cref="Count"/> of its lanes are live. Blocks derived from one another are the same axis.
/// </summary>
[DebuggerDisplay("{Start} +: {Count} of {Length}")]
public readonly struct Block
{
    internal Block(int start, int length, int count, AxisId? id) => (Start, Length, Count, Id) = (start, length, count, id);

    /// <summary>The first index.</summary>
    public int Start { get; }

    /// <summary>Lanes, dead ones included: the block size.</summary>
    public int Length { get; }

    /// <summary>Live lanes.</summary>
    public int Count { get; }

    /// <summary>One past the last live index.</summary>
    public int End => Start + Count;

    /// <summary>Whether no lane is live.</summary>
    public bool IsEmpty => Count <= 0;

    /// <summary>The indices, laid along the rows of a tile.</summary>
    public Lanes Rows => new(LaneDirection.Rows, Start, Axis);

    /// <summary>The indices, laid along the columns of a tile.</summary>
    public Lanes Cols => new(LaneDirection.Cols, Start, Axis);

    internal AxisId? Id { get; }

    internal TileAxis Axis => new(Length, Count, Id);

    /// <summary>The same lanes at another start.</summary>
    public Block At(int start) => new(start, Length, Count, Id);

    /// <summary>The part of [from, to) that the block covers when its own indices count from <paramref name="from"/>.</summary>
    public Block Within(int from, int to) => new(from + Start, Length, Math.Clamp(to - from - Start, 0, Count), Id);

    /// <summary>The same lanes, shifted.</summary>
    public static Block operator +(Block block, int shift) => block.At(block.Start + shift);

    /// <summary>The same lanes, shifted back.</summary>
    public static Block operator -(Block block, int shift) => block.At(block.Start - shift);
}
