namespace KernelDsl;

/// <summary>An index into one dimension of a view: an int or a <see cref="Block"/>, which convert to it.</summary>
public readonly struct ViewIndex
{
    private ViewIndex(Block block, bool isBlock) => (Block, IsBlock) = (block, isBlock);

    internal Block Block { get; }

    internal bool IsBlock { get; }

    /// <summary>One position.</summary>
    public static implicit operator ViewIndex(int index) => new(new Block(index, 1, 1, null), false);

    /// <summary>Consecutive positions: an axis of the tile.</summary>
    public static implicit operator ViewIndex(Block block) => new(block, true);
}
