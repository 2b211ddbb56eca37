using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// What a loop nest runs over: rows outside (none for rows, columns and scalars) and, in steps of 16 lanes, a vector axis, which is the
/// tile's columns, or its rows when the tile is a column.
/// </summary>
internal sealed record Space(Axis? Rows, Axis Vector, LaneAxis Along)
{
    /// <summary>The nest that computes a tile.</summary>
    public static Space Of(TileValue tile) => Of(tile.Rows, tile.Cols);

    /// <summary>The nest over a tile of these axes.</summary>
    public static Space Of(Axis rows, Axis cols) =>
        cols.IsOne ? new Space(null, rows, LaneAxis.Rows)
        : rows.IsOne ? new Space(null, cols, LaneAxis.Cols)
        : new Space(rows, cols, LaneAxis.Cols);

    /// <summary>The nest that stores through these indices.</summary>
    public static Space Of(Store store)
    {
        var blocks = store.Indices.OfType<BlockIndex>().ToList();
        return blocks.Count switch
        {
            0 => Of(Axis.One, Axis.One),
            1 when store.Indices[store.Indices.Count - 1] is BlockIndex => Of(Axis.One, blocks[0].Axis),
            1 => Of(blocks[0].Axis, Axis.One),
            _ => new Space(blocks[0].Axis, blocks[1].Axis, LaneAxis.Cols),
        };
    }

    /// <summary>Whether two nests can be one.</summary>
    public bool Joins(Space other) => Along == other.Along && Vector.Matches(other.Vector)
        && (Rows is null ? other.Rows is null : other.Rows is not null && Rows.Matches(other.Rows));

    public override string ToString() => Rows is null ? $"[{Vector}]" : $"[{Rows}, {Vector}]";
}

/// <summary>How a tile is laid out and read: every float, a vector per nest, a float per row, or one float.</summary>
internal enum Shape
{
    Full, Row, Column, Scalar,
}

internal static class Shapes
{
    /// <summary>The shape of a tile's type.</summary>
    public static Shape Of(TileValue tile) => (tile.Rows.IsOne, tile.Cols.IsOne) switch
    {
        (true, true) => Shape.Scalar,
        (true, false) => Shape.Row,
        (false, true) => Shape.Column,
        _ => Shape.Full,
    };
}
