using KernelDsl.Generators.Model;

namespace KernelDsl.Generators.Ir;

/// <summary>Storage type of a tile or view.</summary>
public enum Element
{
    F32, BF16, F16, I32,
}

/// <summary>An SSA tile: rank 2, [Rows, Cols]. A row is [1, n], a column [m, 1].</summary>
public sealed record TileValue(string Name, Element Element, Axis Rows, Axis Cols)
{
    /// <summary>The type as printed: bf16[16:grid.x, 64].</summary>
    public string Type => $"{Element.ToString().ToLowerInvariant()}[{Rows}, {Cols}]";

    public override string ToString() => Name;
}

/// <summary>An operand of an elementwise operation.</summary>
public abstract record Operand;

/// <summary>A tile, broadcast along its size-1 axes.</summary>
public sealed record TileOperand(TileValue Tile) : Operand
{
    public override string ToString() => Tile.Name;
}

/// <summary>A uniform value; ints are widened to float.</summary>
public sealed record ScalarOperand(Scalar Value) : Operand
{
    public override string ToString() => Value.ToString();
}

/// <summary>One operation of a kernel.</summary>
public abstract record Op;

/// <summary>Names a uniform value.</summary>
public sealed record Let(string Name, Scalar Value) : Op;

/// <summary>Ends the program when the condition holds. Only before the first loop.</summary>
public sealed record Guard(Scalar Condition) : Op;

/// <summary>
/// Reads live lanes of a view. Blocks map to the tile's axes in order; with one block it is the columns when it is the last index,
/// and the rows otherwise. The result has the view's element type; dead lanes are undefined until FillDead.
/// </summary>
public sealed record Load(TileValue Result, string View, EquatableArray<ViewIndex> Indices) : Op;

/// <summary>Writes live lanes, rounding once to the view's element type. Value broadcasts along its size-1 axes.</summary>
public sealed record Store(string View, EquatableArray<ViewIndex> Indices, TileValue Value) : Op;

/// <summary>A tile whose lanes all hold one value.</summary>
public sealed record Fill(TileValue Result, Scalar Value) : Op;

/// <summary>Elementwise functions; the first group takes one operand, the second two.</summary>
public enum Function
{
    Neg, Exp, Log, Sqrt, Rsqrt, Abs, Square, Tanh, Sigmoid, Silu,
    Add, Sub, Mul, Div, Max, Min,
}

/// <summary>Result = Function(Operands), in float.</summary>
public sealed record Elementwise(TileValue Result, Function Function, EquatableArray<Operand> Operands) : Op;

/// <summary>Changes the element type: widening is exact, narrowing rounds to nearest even.</summary>
public sealed record Convert(TileValue Result, TileValue Source) : Op;

/// <summary>Reductions along the columns; the axis is kept with length 1.</summary>
public enum Reduction
{
    Sum, Max, Min, ArgMax,
}

/// <summary>Result [m, 1] of reducing the live columns of Source. ArgMax: Offset + lane of the first maximum, as I32.</summary>
public sealed record Reduce(TileValue Result, Reduction Reduction, TileValue Source, Scalar? Offset = null) : Op;

/// <summary>Which index a lane contributes to a mask.</summary>
public enum LaneAxis
{
    None, Rows, Cols,
}

/// <summary>Offset + (row or column number of the lane).</summary>
public sealed record Lanes(LaneAxis Axis, Scalar Offset)
{
    public override string ToString() => Axis switch { LaneAxis.Rows => $"rows+{Offset}", LaneAxis.Cols => $"cols+{Offset}", _ => $"{Offset}" };
}

/// <summary>A comparison of lane indices. Op is one of Less .. NotEqual.</summary>
public sealed record Mask(Lanes Left, ScalarOp Op, Lanes Right)
{
    public override string ToString() => $"{Left} {Op} {Right}";
}

/// <summary>Result = Mask ? IfTrue : IfFalse, lane by lane.</summary>
public sealed record Select(TileValue Result, Mask Mask, Operand IfTrue, Operand IfFalse) : Op;

/// <summary>
/// Result [m, n] (float) = sum over k of A · B, over live k only. A is [m, k], or [k, m] when ATransposed; B is [k, n], or [n, k] when BTransposed.
/// </summary>
public sealed record Dot(TileValue Result, TileValue A, bool ATransposed, TileValue B, bool BTransposed) : Op;

/// <summary>A row becomes a column, or the reverse. Transposes of Dot operands are flags of <see cref="Dot"/> instead.</summary>
public sealed record Transpose(TileValue Result, TileValue Source) : Op;

/// <summary>A value that a loop changes: Value inside the body, Next at its end, Result after the loop. All four have the same type.</summary>
public sealed record Carried(TileValue Value, TileValue Initial, TileValue Next, TileValue Result);

/// <summary>
/// for each block of Axis.Length positions in [From, To). Inside, ScalarNames "{Axis.Id}.start" and "{Axis.Id}.live" are the block's start
/// and live count; Axis.Live is the latter.
/// </summary>
public sealed record BlockLoop(Axis Axis, Scalar From, Scalar To, EquatableArray<Carried> Carried, EquatableArray<Op> Body) : Op;

/// <summary>for (Name = From; Name &lt; To; Name++).</summary>
public sealed record IndexLoop(string Name, Scalar From, Scalar To, EquatableArray<Carried> Carried, EquatableArray<Op> Body) : Op;
