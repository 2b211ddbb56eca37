using KernelDsl.Generators.Emit;
using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Ascend;

/// <summary>Prints the body of a legal kernel as calls of Device/kdsl_ascend.h.</summary>
internal sealed class VectorEmitter(Kernel kernel, PlaceBuffers places, PlanQueues queues, CodeWriter code)
{
    private readonly ScalarText _text = ScalarText.Cpp(kernel);
    private readonly MemoryOrder _order = new();
    private readonly HashSet<string> _read = [.. kernel.Body.SelectMany(Walk.AllUses).Select(static t => t.Name)];

    /// <summary>Floats of scratch that the device functions of a legal kernel use, one at a time.</summary>
    public static int ScratchBytes(Kernel kernel) => Walk.All(kernel.Body).Select(static op => op switch
    {
        Reduce r => Shape.Of(r.Source).Rows * 64 * 4 + Shape.RoundUp(Shape.Of(r.Source).Rows, 8) * 4,
        Ir.Convert c => Shape.Of(c.Result).Bytes / 2,
        Elementwise { Function: Function.Rsqrt or Function.Sigmoid or Function.Tanh } => 256,
        Dot d => d.BTransposed ? Shape.Of(d.B).Rows * 64 * 4 : Shape.RoundUp(Shape.Of(d.A).ColAxis, 8) * 8 * 4,
        Load l when Shape.Of(l.Result).ColAxis == 0 => Shape.RoundUp(Shape.Of(l.Result).Rows, 8) * 4,
        _ => 0,
    }).DefaultIfEmpty(0).Max() is var bytes ? Shape.RoundUp(bytes, 32) : 0;

    /// <summary>Prints a body.</summary>
    public void Body(IEnumerable<Op> body)
    {
        foreach (var op in body)
            Statement(op);
    }

    private void Statement(Op op)
    {
        foreach (var tile in Walk.Defines(op))
            if (op is not (BlockLoop or IndexLoop))
                Declare(tile);
        switch (op)
        {
            case Let l:
                code.Line($"{(l.Value.IsFloat ? "float" : "int32_t")} {ScalarText.Local(l.Name)} = {_text.Of(l.Value)};");
                break;
            case Guard g:
                code.Line($"if ({_text.Of(g.Condition)})\n    return;");
                break;
            case Load l:
                Load(l);
                break;
            case Store s:
                Store(s);
                break;
            case Fill f:
                code.Line($"kdsl::Fill({f.Result}, {_text.Float(f.Value)});");
                break;
            case Elementwise e:
                Arithmetic(e);
                break;
            case Ir.Convert c:
                code.Line($"kdsl::Round<{AscendEmitter.ElementType(c.Result.Element)}>({c.Result}, {c.Source}, scratch);");
                break;
            case Reduce r:
                code.Line($"kdsl::ReduceRows<kdsl::{r.Reduction}Fold>({r.Result}, {r.Source}, scratch, {_text.Of(r.Source.Cols.Live)});");
                break;
            case Select s:
                Select(s);
                break;
            case Transpose t:
                code.Line($"kdsl::Transpose({t.Result}, {t.Source});");
                break;
            case Dot d:
                code.Line($"kdsl::{(d.BTransposed ? "DotRows" : "DotColumns")}({d.Result}, {d.A}, {d.B}, scratch, {_text.Of(d.A.Cols.Live)});");
                break;
            case BlockLoop b:
                string start = ScalarText.Local(b.Axis.Id + ".start"), to = _text.Of(b.To);
                Loop(b, $"for (int32_t {start} = {_text.Of(b.From)}; {start} < {to}; {start} += {b.Axis.Length})",
                    $"int32_t {ScalarText.Local(b.Axis.Id + ".live")} = kdsl::Least({b.Axis.Length}, {to} - {start});");
                break;
            case IndexLoop i:
                string index = ScalarText.Local(i.Name);
                Loop(i, $"for (int32_t {index} = {_text.Of(i.From)}; {index} < {_text.Of(i.To)}; ++{index})", null);
                break;
            default:
                throw NotLowered.Construct(kernel.Name, op.GetType().Name);
        }
    }

    private void Declare(TileValue tile) => code.Line($"auto {tile} = {Shape.Of(tile).Type}::At(tiles, {places.OffsetOf(tile)});");

    private void Loop(Op op, string header, string? first)
    {
        var carried = Walk.CarriedOf(op);
        foreach (var c in carried)
            if (carried.Any(o => o != c && places.Share(c.Next, o.Value)))
                throw NotLowered.Construct(kernel.Name, "a loop that exchanges its carried tiles");
        if (_order.EnterLoop(op))
            code.Line("kdsl::LoadsAfterStores();");
        foreach (var c in carried)
        {
            Declare(c.Value);
            Copy(c.Value, c.Initial);
        }
        using (code.Block(header))
        {
            if (first is not null)
                code.Line(first);
            Body(Walk.Children(op));
            foreach (var c in carried)
                Copy(c.Value, c.Next);
        }
        foreach (var c in carried.Where(c => _read.Contains(c.Result.Name)))
            Declare(c.Result);
    }

    private void Copy(TileValue to, TileValue from)
    {
        if (!places.Share(to, from))
            code.Line($"kdsl::Assign({to}, {from});");
    }

    private void Load(Load load)
    {
        if (_order.BeforeLoad(load.View))
            code.Line("kdsl::LoadsAfterStores();");
        var access = new Access(load.View, load.Indices, _text);
        code.Line(Shape.Of(load.Result).ColAxis == 0
            ? $"kdsl::Load({load.Result}, in{queues.InputOf(load.Result)}, {access.Element}, {access.Rows}, {access.RowStride}, scratch);"
            : $"kdsl::Load({load.Result}, in{queues.InputOf(load.Result)}, {access.Element}, {access.Rows}, {access.Cols}, {access.RowStride});");
    }

    private void Store(Store store)
    {
        if (_order.BeforeStore(store.View))
            code.Line("PipeBarrier<PIPE_MTE3>();");
        var access = new Access(store.View, store.Indices, _text);
        code.Line($"kdsl::Store(out, {access.Element}, {store.Value}, {access.Rows}, {access.Cols}, {access.RowStride});");
    }

    private void Arithmetic(Elementwise e)
    {
        if (e.Operands.Count == 1)
        {
            string scratch = e.Function is Function.Rsqrt or Function.Sigmoid or Function.Tanh ? ", kdsl::Tile<0, 0>{scratch}" : "";
            code.Line($"kdsl::{e.Function}Tile({e.Result}, {e.Operands[0]}{scratch});");
        }
        else if (e.Operands[1] is ScalarOperand s)
        {
            var source = ((TileOperand)e.Operands[0]).Tile;
            code.Line($"kdsl::{e.Function}Scalar({e.Result}, {source}, {_text.Float(s.Value)});");
        }
        else
        {
            code.Line($"kdsl::Binary<kdsl::{e.Function}Op>({e.Result}, {e.Operands[0]}, {e.Operands[1]});");
        }
    }

    private void Select(Select s)
    {
        Lanes left = s.Mask.Left, right = s.Mask.Right;
        ScalarOp op = s.Mask.Op;
        Operand ifTrue = s.IfTrue, ifFalse = s.IfFalse;
        // Columns to the left, rows or nothing to the right.
        if (right.Axis == LaneAxis.Cols || (left.Axis == LaneAxis.None && right.Axis == LaneAxis.Rows))
        {
            (left, right) = (right, left);
            op = op switch { ScalarOp.Less => ScalarOp.Greater, ScalarOp.Greater => ScalarOp.Less, ScalarOp.LessEqual => ScalarOp.GreaterEqual, ScalarOp.GreaterEqual => ScalarOp.LessEqual, _ => op };
        }
        if (left.Axis == right.Axis || (left.Axis == LaneAxis.Rows && right.Axis == LaneAxis.Cols))
            throw NotLowered.Construct(kernel.Name, $"the mask '{s.Mask}'");
        if (op == ScalarOp.NotEqual)
            (op, ifTrue, ifFalse) = (ScalarOp.Equal, ifFalse, ifTrue);

        string step = right.Axis == LaneAxis.Rows ? "1" : "0", bound = $"{_text.Of(right.Offset)} - {Parenthesised(left.Offset)}";
        string below = op switch { ScalarOp.Less or ScalarOp.LessEqual => "0", ScalarOp.Greater => bound + " + 1", _ => bound };
        string above = op switch { ScalarOp.Less => bound, ScalarOp.LessEqual or ScalarOp.Equal => bound + " + 1", _ => "0x3fffffff" };
        string lowStep = below == "0" ? "0" : step, highStep = above == "0x3fffffff" ? "0" : step;
        code.Line(left.Axis == LaneAxis.Cols
            ? $"kdsl::SelectColumns({s.Result}, {ifTrue}, {ifFalse}, {below}, {lowStep}, {above}, {highStep});"
            : $"kdsl::SelectRows({s.Result}, {ifTrue}, {ifFalse}, {below}, {above});");
    }

    private string Parenthesised(Scalar scalar) => $"({_text.Of(scalar)})";
}
