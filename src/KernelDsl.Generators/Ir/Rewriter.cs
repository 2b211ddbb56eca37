using KernelDsl.Generators.Model;

namespace KernelDsl.Generators.Ir;

/// <summary>
/// Rebuilds operations with their tiles, uniform values and bodies replaced. A pass overrides what it changes; the base copies.
/// Tiles are rewritten at definitions and uses alike, so that a renamed value stays consistent; a loop's yields come after its body,
/// so that a pass that learns names on the way has learnt them all.
/// </summary>
public class Rewriter
{
    /// <summary>Rewrites a body in order; an operation may become none or several.</summary>
    public virtual EquatableArray<Op> Body(IEnumerable<Op> body) => body.SelectMany(Rewrite).ToEquatable();

    /// <summary>What replaces one operation.</summary>
    public virtual IEnumerable<Op> Rewrite(Op op) => [Copy(op)];

    /// <summary>What replaces a tile at its definition and its uses.</summary>
    public virtual TileValue Tile(TileValue tile) => tile with { Rows = Axis(tile.Rows), Cols = Axis(tile.Cols) };

    /// <summary>What replaces an axis.</summary>
    public virtual Axis Axis(Axis axis) => axis with { Live = Scalar(axis.Live) };

    /// <summary>What replaces a uniform value; the base rebuilds it from rewritten parts.</summary>
    public virtual Scalar Scalar(Scalar scalar) => scalar switch
    {
        ScalarBinary b => b with { A = Scalar(b.A), B = Scalar(b.B) },
        ScalarSelect s => s with { Condition = Scalar(s.Condition), A = Scalar(s.A), B = Scalar(s.B) },
        ScalarToFloat f => f with { Value = Scalar(f.Value) },
        ScalarRead r => r with { Indices = r.Indices.Select(Scalar).ToEquatable() },
        _ => scalar,
    };

    /// <summary>The same operation with every part rewritten.</summary>
    public Op Copy(Op op) => op switch
    {
        Let l => l with { Value = Scalar(l.Value) },
        Guard g => g with { Condition = Scalar(g.Condition) },
        Load l => l with { Result = Tile(l.Result), Indices = l.Indices.Select(Index).ToEquatable() },
        Store s => s with { Indices = s.Indices.Select(Index).ToEquatable(), Value = Tile(s.Value) },
        Fill f => f with { Result = Tile(f.Result), Value = Scalar(f.Value) },
        Elementwise e => e with { Result = Tile(e.Result), Operands = e.Operands.Select(Operand).ToEquatable() },
        Convert c => c with { Result = Tile(c.Result), Source = Tile(c.Source) },
        Reduce r => r with { Result = Tile(r.Result), Source = Tile(r.Source), Offset = r.Offset is null ? null : Scalar(r.Offset) },
        Select s => s with { Result = Tile(s.Result), Mask = Mask(s.Mask), IfTrue = Operand(s.IfTrue), IfFalse = Operand(s.IfFalse) },
        Dot d => d with { Result = Tile(d.Result), A = Tile(d.A), B = Tile(d.B) },
        Transpose t => t with { Result = Tile(t.Result), Source = Tile(t.Source) },
        BlockLoop b => b with { Axis = Axis(b.Axis), From = Scalar(b.From), To = Scalar(b.To), Body = Body(b.Body), Carried = Loop(b.Carried) },
        IndexLoop i => i with { From = Scalar(i.From), To = Scalar(i.To), Body = Body(i.Body), Carried = Loop(i.Carried) },
        _ => throw new InvalidOperationException($"no copy for {op.GetType().Name}"),
    };

    private EquatableArray<Carried> Loop(IEnumerable<Carried> carried) =>
        carried.Select(c => new Carried(Tile(c.Value), Tile(c.Initial), Tile(c.Next), Tile(c.Result))).ToEquatable();

    private Mask Mask(Mask m) => m with
    {
        Left = m.Left with { Offset = Scalar(m.Left.Offset) },
        Right = m.Right with { Offset = Scalar(m.Right.Offset) },
    };

    private Operand Operand(Operand operand) => operand switch
    {
        TileOperand t => new TileOperand(Tile(t.Tile)),
        ScalarOperand s => new ScalarOperand(Scalar(s.Value)),
        _ => operand,
    };

    private ViewIndex Index(ViewIndex index) => index switch
    {
        ScalarIndex s => new ScalarIndex(Scalar(s.Value)),
        BlockIndex b => new BlockIndex(Axis(b.Axis), Scalar(b.Start)),
        _ => index,
    };
}
