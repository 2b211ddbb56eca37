using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Ilgpu;

internal sealed partial class CudaLowering
{
    /// <summary>
    /// Consecutive elementwise operations of one layout, printed together: row by row of registers, each operation over the row's columns, so
    /// that the loads of a row stand before its stores. A reduction folds in the run and is finished across threads after it.
    /// </summary>
    private sealed class Run(CudaLowering lowering)
    {
        private readonly List<Op> _ops = [];
        private readonly HashSet<string> _reduced = [];
        private Layout? _layout;

        /// <summary>Takes an operation that can join; otherwise the caller flushes and tries again.</summary>
        public bool TryAdd(Op op)
        {
            if (op is Fill fill)
            {
                lowering.DefineUniform(fill);
                return true;
            }
            if (op is Load load && lowering._operands.IsDirect(load.Result)) return false;
            if (op is not (Load or Store or Elementwise or Ir.Convert or Select or Reduce)) return false;
            var layout = LayoutOf(op);
            if (_layout is not null && _layout != layout) return false;
            if (Walk.Uses(op).Any(t => _reduced.Contains(t.Name))) return false;
            if (AccessOf(op, layout) is { } access)
            {
                if (_ops.Count > 0 && lowering._accesses.Conflicts(access)) return false;
                lowering.Touch(access);
            }
            _layout = layout;
            _ops.Add(op);
            if (op is Reduce reduce) _reduced.Add(reduce.Result.Name);
            return true;
        }

        /// <summary>Prints what was taken.</summary>
        public void Flush()
        {
            if (_layout is { } layout) Print(layout);
            _ops.Clear();
            _reduced.Clear();
            _layout = null;
        }

        private Layout LayoutOf(Op op) => op is Store store
            ? lowering._layouts.IsUniform(store.Value) ? lowering._layouts.ForColumns(AxesOf(store.Indices).Cols) : lowering._layouts.Of(store.Value)
            : lowering._layouts.Of(Walk.Defines(op).First());

        private static Access? AccessOf(Op op, Layout layout) => op switch
        {
            Load l => new Access(l.View, Writes: false, Owner.Of(l.Indices, layout, l.Result.Rows, l.Result.Cols)),
            Store s => new Access(s.View, Writes: true, Owner.Of(s.Indices, layout, AxesOf(s.Indices).Rows, AxesOf(s.Indices).Cols)),
            _ => null,
        };

        private void Print(Layout layout)
        {
            var printers = _ops.Select(op => (Shape: ShapeOf(op), Print: PrinterOf(op, layout))).ToList();
            int rows = printers.Max(p => layout.Rows(p.Shape.Rows));
            for (int i = 0; i < rows; i++)
                foreach (var (shape, print) in printers)
                    for (int j = 0; j < layout.Cols(shape.Cols) && i < layout.Rows(shape.Rows); j++)
                        if (print(i, j) is { } line) lowering._code.Line(line);
            foreach (var reduce in _ops.OfType<Reduce>())
                for (int i = 0; i < layout.Rows(reduce.Result.Rows); i++)
                    foreach (string line in lowering.FinishReduction(reduce, layout, i))
                        lowering._code.Line(line);
        }

        private static (Axis Rows, Axis Cols) ShapeOf(Op op) => op switch
        {
            Store s => AxesOf(s.Indices),
            Reduce r => (r.Source.Rows, r.Source.Cols),
            _ => Walk.Defines(op).Select(static t => (t.Rows, t.Cols)).First(),
        };

        private Func<int, int, string?> PrinterOf(Op op, Layout layout)
        {
            switch (op)
            {
                case Load load:
                    var from = lowering.PlaceOf(load.View, load.Indices);
                    lowering.Name(load.Result);
                    return (i, j) => lowering.Declare(load.Result, i, j, lowering.Read(load.Result, from, layout, i, j));
                case Store store:
                    var to = lowering.PlaceOf(store.View, store.Indices);
                    return (i, j) => lowering.Write(store, to, layout, i, j);
                case Elementwise e:
                    lowering.Name(e.Result);
                    var operands = e.Operands.Select(lowering.Operand).ToList();
                    return (i, j) => lowering.Declare(e.Result, i, j, ElementwiseText.Of(e.Function, operands.Select(o => o(i, j)).ToList()));
                case Select select:
                    lowering.Name(select.Result);
                    var (yes, no) = (lowering.Operand(select.IfTrue), lowering.Operand(select.IfFalse));
                    var (left, right) = (lowering.LaneText(select.Mask.Left, select.Result), lowering.LaneText(select.Mask.Right, select.Result));
                    return (i, j) => lowering.Declare(select.Result, i, j,
                        $"{left(i, j)} {ScalarText.Symbol(select.Mask.Op)} {right(i, j)} ? {yes(i, j)} : {no(i, j)}");
                case Ir.Convert convert:
                    return lowering.PrintConversion(convert);
                default:
                    return lowering.PrintReduction((Reduce)op, layout);
            }
        }
    }

    private string Declare(TileValue tile, int i, int j, string value) => $"{DeviceType.Register(tile.Element)} {Register(tile, i, j)} = {value};";

    private string Read(TileValue tile, Place from, Layout layout, int i, int j)
    {
        string value = Widen(tile.Element, from.At(Row(layout, tile.Rows, i), Col(layout, tile.Cols, j)));
        return LiveLane(layout, tile.Rows, tile.Cols, i, j) is { } live ? $"{live} ? {value} : {Zero(tile.Element)}" : value;
    }

    private string Write(Store store, Place to, Layout layout, int i, int j)
    {
        var (rows, cols) = AxesOf(store.Indices);
        string statement = $"{to.At(Row(layout, rows, i), Col(layout, cols, j))} = {Narrow(_kernel.ParameterOf(store.View).Element, Register(store.Value, i, j))};";
        return OwnLane(layout, rows, cols, i, j) is { } own ? $"if ({own}) {statement}" : statement;
    }

    private Func<int, int, string> Operand(Operand operand)
    {
        if (operand is TileOperand { Tile: var tile })
            return (i, j) => tile.Element == Element.I32 ? $"(float){Register(tile, i, j)}" : Register(tile, i, j);
        var scalar = ((ScalarOperand)operand).Value;
        string text = scalar is IntConst c ? ScalarText.Float(c.Value) : scalar.IsFloat ? Atom(scalar) : $"(float){Atom(scalar)}";
        return (_, _) => text;
    }

    private Func<int, int, string> LaneText(Lanes lanes, TileValue shape)
    {
        var layout = _layouts.Of(shape);
        string offset = Atom(lanes.Offset);
        return (i, j) => lanes.Axis switch
        {
            LaneAxis.Rows => Sum(Row(layout, shape.Rows, i), offset),
            LaneAxis.Cols => Sum(Col(layout, shape.Cols, j), offset),
            _ => offset,
        };
    }

    private static string Sum(string a, string b) => b == "0" ? a : a == "0" ? b : $"{a} + {b}";

    private Func<int, int, string?> PrintConversion(Ir.Convert convert)
    {
        var (source, result) = (convert.Source, convert.Result);
        if (result.Element == Element.F32 && source.Element == Element.BF16)
        {
            _registers[result.Name] = _registers[source.Name];
            return (_, _) => null;
        }
        Name(result);
        return (i, j) => Declare(result, i, j, result.Element == Element.BF16 ? $"Bf16.Round({Register(source, i, j)})" : $"(float){Register(source, i, j)}");
    }
}
