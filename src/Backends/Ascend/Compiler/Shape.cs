using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Ascend;

/// <summary>How a tile lies in UB: kdsl::Tile of Device/kdsl_ascend.h, in numbers. An axis of 0 broadcasts.</summary>
internal readonly record struct Shape(int RowAxis, int ColAxis)
{
    /// <summary>Floats that a 64-byte multiple of padding rounds a row up to; a column takes one 32-byte block per row.</summary>
    public int Pitch => ColAxis == 0 ? 8 : RoundUp(ColAxis, 16);

    /// <summary>Rows in memory.</summary>
    public int Rows => RowAxis == 0 ? 1 : RowAxis;

    /// <summary>Bytes in memory as float; columns are written in eights of rows.</summary>
    public int Bytes => 4 * (ColAxis == 0 ? RoundUp(Rows, 8) * 8 : Rows * Pitch);

    /// <summary>The C++ type.</summary>
    public string Type => $"kdsl::Tile<{RowAxis}, {ColAxis}>";

    /// <summary>The shape of a tile.</summary>
    public static Shape Of(TileValue tile) => new(Axis(tile.Rows), Axis(tile.Cols));

    /// <summary>The smallest multiple of unit that is not below value.</summary>
    public static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;

    private static int Axis(Axis axis) => axis.IsOne ? 0 : axis.Length;
}
