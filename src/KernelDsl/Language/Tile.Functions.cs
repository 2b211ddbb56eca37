namespace KernelDsl;

/// <summary>The functions of the kernel language; kernels use them unqualified (global using static).</summary>
public static class Tile
{
    /// <summary>The blocks of [0, extent), in order; the last may be partial.</summary>
    public static BlockRange Blocks(int extent, int size) => new(0, extent, size);

    /// <summary>The blocks of [from, to), in order; the last may be partial. None when the range is empty.</summary>
    public static BlockRange Blocks(int from, int to, int size) => new(from, to, size);

    /// <summary>A whole static axis: positions 0 .. length, all live; length is a compile-time constant. Matches any other of its length.</summary>
    public static Block Full(int length) => new(0, length, length, null);

    /// <summary>A column of zeros, [rows, 1].</summary>
    public static Tile<float> Zeros(Block rows) => Fill(rows, 0);

    /// <summary>Zeros, [rows, cols].</summary>
    public static Tile<float> Zeros(Block rows, Block cols) => Fill(rows, cols, 0);

    /// <summary>A column of one value, [rows, 1].</summary>
    public static Tile<float> Fill(Block rows, float value) => new(ReferenceTile.Constant(value, rows.Axis, TileAxis.One));

    /// <summary>One value, [rows, cols].</summary>
    public static Tile<float> Fill(Block rows, Block cols, float value) => new(ReferenceTile.Constant(value, rows.Axis, cols.Axis));

    /// <summary>
    /// The matrix product of two storage tiles, [m, k] by [k, n], summed over the live lanes of k in float. The reference adds in order of
    /// k; targets may associate otherwise, each in one order that does not depend on m.
    /// </summary>
    public static Tile<float> Dot<E>(Tile<E> left, Tile<E> right)
        where E : unmanaged =>
        Element<E>.Type is ElementType.BFloat16 or ElementType.Float16
            ? new(ReferenceTile.Dot(left.Values, right.Values))
            : throw new KernelException($"KDSL0061: Dot takes storage tiles (bf16, Half), not {Element<E>.Type}; round with .To<bf16>()");

    /// <summary>The sum of each row's live lanes, [m, 1].</summary>
    public static Tile<float> RowSum(Tile<float> tile) => new(tile.Values.Reduce(0, static (a, b) => a + b));

    /// <summary>The largest of each row's live lanes, [m, 1].</summary>
    public static Tile<float> RowMax(Tile<float> tile) => new(tile.Values.Reduce(float.NegativeInfinity, MathF.Max));

    /// <summary>The smallest of each row's live lanes, [m, 1].</summary>
    public static Tile<float> RowMin(Tile<float> tile) => new(tile.Values.Reduce(float.PositiveInfinity, MathF.Min));

    /// <summary>The position (block.Start + lane) of the first largest of each row's live lanes, [m, 1]; the block is the tile's columns.</summary>
    public static Tile<int> RowArgMax(Tile<float> tile, Block block) => new(tile.Values.ArgMax(block));

    /// <summary>e to the power of each lane; exactly 1 at 0, and exactly 0 at -infinity and wherever float underflows.</summary>
    public static Tile<float> Exp(Tile<float> tile) => new(tile.Values.Map(MathF.Exp));

    /// <summary>Natural logarithm.</summary>
    public static Tile<float> Log(Tile<float> tile) => new(tile.Values.Map(MathF.Log));

    /// <summary>Square root.</summary>
    public static Tile<float> Sqrt(Tile<float> tile) => new(tile.Values.Map(MathF.Sqrt));

    /// <summary>1 / sqrt(x), correctly rounded in both steps.</summary>
    public static Tile<float> Rsqrt(Tile<float> tile) => new(tile.Values.Map(static x => 1 / MathF.Sqrt(x)));

    /// <summary>Absolute value.</summary>
    public static Tile<float> Abs(Tile<float> tile) => new(tile.Values.Map(MathF.Abs));

    /// <summary>x · x.</summary>
    public static Tile<float> Square(Tile<float> tile) => new(tile.Values.Map(static x => x * x));

    /// <summary>Hyperbolic tangent.</summary>
    public static Tile<float> Tanh(Tile<float> tile) => new(tile.Values.Map(MathF.Tanh));

    /// <summary>1 / (1 + exp(-x)).</summary>
    public static Tile<float> Sigmoid(Tile<float> tile) => new(tile.Values.Map(static x => 1 / (1 + MathF.Exp(-x))));

    /// <summary>x · sigmoid(x).</summary>
    public static Tile<float> Silu(Tile<float> tile) => new(tile.Values.Map(static x => x / (1 + MathF.Exp(-x))));

    /// <summary>The larger, lane by lane.</summary>
    public static Tile<float> Max(Tile<float> left, Tile<float> right) => new(ReferenceTile.Map(left.Values, right.Values, MathF.Max));

    /// <summary>The larger of two ints.</summary>
    public static int Max(int left, int right) => Math.Max(left, right);

    /// <summary>The smaller, lane by lane.</summary>
    public static Tile<float> Min(Tile<float> left, Tile<float> right) => new(ReferenceTile.Map(left.Values, right.Values, MathF.Min));

    /// <summary>The smaller of two ints.</summary>
    public static int Min(int left, int right) => Math.Min(left, right);

    /// <summary>mask ? ifTrue : ifFalse, lane by lane.</summary>
    public static Tile<float> Where(Mask mask, Tile<float> ifTrue, Tile<float> ifFalse) =>
        new(ReferenceTile.Select(mask, ifTrue.Values, ifFalse.Values));

    /// <summary>value / size rounded up, for value ≥ 0 and size > 0.</summary>
    public static int CeilDiv(int value, int size) => (value + size - 1) / size;
}
