using KernelDsl.Generators.Ir;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KernelDsl.Generators.Frontend;

/// <summary>Calls: the table of intrinsics.</summary>
internal sealed partial class Tracer
{
    private Value Call(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        string type = method.ContainingType.Name;
        if (!Names.IsOurs(method.ContainingType))
            return Inline(call);
        var a = call.Arguments.OrderBy(static x => x.Parameter?.Ordinal ?? 0).Select(x => Evaluate(x.Value)).ToList();
        switch (type)
        {
            case "Grid":
                return GridCall(call, a);
            case "Block" when call.Instance is { } instance && Evaluate(instance) is BlockValue block:
                return BlockCall(call, block, a);
            case "Tile" when call.Instance is { } instance:
                return Evaluate(instance) is TileRef t && method.Name == "To"
                    ? ConvertTo(t.Tile, ElementOf(method.ReturnType, call)) : throw Unknown(call);
            case "Tile":
                return Intrinsic(call, a);
        }
        if (call.Instance is { } view && method.Name == "Dim" && Evaluate(view) is ViewValue v && a is [ScalarValue { Constant: { } dim }])
            return new ScalarValue(new ViewDim(v.View.Name, dim));
        throw Unknown(call);
    }

    private Value Intrinsic(IInvocationOperation call, List<Value> a)
    {
        switch (call.TargetMethod.Name, a.Count)
        {
            case ("Blocks", 2):
                return new BlocksValue(0, ScalarOf(a[0], call), Constant(a[1], call));
            case ("Blocks", 3):
                return new BlocksValue(ScalarOf(a[0], call), ScalarOf(a[1], call), Constant(a[2], call));
            case ("Full", 1):
                int length = a[0] is ScalarValue { Constant: { } n } ? n : throw new KernelError("KDSL0045", Place(call), call.Arguments[0].Syntax.ToString());
                return new BlockValue(new Axis(length, null, length), 0);
            case ("Zeros", 1 or 2):
                return Filled(new FloatConst(0f), a, call);
            case ("Fill", 2 or 3):
                return Filled(ScalarMath.ToFloat(ScalarOf(a[a.Count - 1], call)), a.Take(a.Count - 1).ToList(), call);
            case ("Min" or "Max" or "CeilDiv", 2) when a is [ScalarValue x, ScalarValue y]:
                return new ScalarValue(ScalarMath.Binary((ScalarOp)Enum.Parse(typeof(ScalarOp), call.TargetMethod.Name), x.Scalar, y.Scalar));
            case ("Min", 2):
                return Apply(Function.Min, call, a[0], a[1]);
            case ("Max", 2):
                return Apply(Function.Max, call, a[0], a[1]);
            case ("Dot", 2):
                return DotOf(a[0], a[1], call);
            case ("Where", 3):
                return Where(a, call);
            case ("RowSum" or "RowMax" or "RowMin", 1):
                return Reduced((Reduction)Enum.Parse(typeof(Reduction), call.TargetMethod.Name.Substring(3)), FloatTile(a[0], call), null);
            case ("RowArgMax", 2) when a[1] is BlockValue block:
                return Reduced(Reduction.ArgMax, FloatTile(a[0], call), block.Start);
        }
        if (a.Count == 1 && Enum.TryParse<Function>(call.TargetMethod.Name, out var function) && function < Function.Add)
            return Apply(function, call, a[0]);
        throw Unknown(call);
    }

    private Value Filled(Scalar value, List<Value> blocks, IOperation at)
    {
        var axes = blocks.Select(b => b is BlockValue v ? v.Axis : throw new KernelError("KDSL0021", Place(at), at.Syntax.ToString())).ToList();
        var tile = NewTile(Element.F32, axes[0], axes.Count > 1 ? axes[1] : Axis.One);
        Emit(new Fill(tile, value));
        return new TileRef(tile);
    }

    private Value Reduced(Reduction reduction, TileValue source, Scalar? offset)
    {
        var result = NewTile(reduction == Reduction.ArgMax ? Element.I32 : Element.F32, source.Rows, Axis.One);
        Emit(new Reduce(result, reduction, source, offset));
        return new TileRef(result);
    }

    private Value Where(List<Value> a, IOperation at)
    {
        if (a[0] is not MaskValue mask)
            throw new KernelError("KDSL0047", Place(at));
        Operand yes = OperandOf(a[1], at), no = OperandOf(a[2], at);
        Axis rows = mask.Rows, cols = mask.Cols;
        foreach (var tile in new[] { yes, no }.OfType<TileOperand>().Select(static o => o.Tile))
            (rows, cols) = (Join(rows, tile.Rows, "rows", at), Join(cols, tile.Cols, "columns", at));
        var result = NewTile(Element.F32, rows, cols);
        Emit(new Select(result, mask.Mask, yes, no));
        return new TileRef(result);
    }

    private Value DotOf(Value a, Value b, IOperation at)
    {
        var (x, xt) = DotOperand(a, at);
        var (y, yt) = DotOperand(b, at);
        Axis left = xt ? x.Rows : x.Cols, right = yt ? y.Cols : y.Rows;
        if (!left.Matches(right))
            throw new KernelError("KDSL0042", Place(at), (xt ? x.Type + ".T" : x.Type), (yt ? y.Type + ".T" : y.Type));
        var result = NewTile(Element.F32, xt ? x.Cols : x.Rows, yt ? y.Rows : y.Cols);
        Emit(new Dot(result, x, xt, y, yt));
        return new TileRef(result);
    }

    private static (TileValue Tile, bool Transposed) DotOperand(Value value, IOperation at)
    {
        var (tile, transposed) = value switch
        {
            TileRef t => (t.Tile, false),
            TransposedTile t => (t.Tile, true),
            _ => throw new KernelError("KDSL0021", Place(at), at.Syntax.ToString()),
        };
        return tile.Element is Element.F32 or Element.I32 ? throw new KernelError("KDSL0061", Place(at), at.Syntax.ToString()) : (tile, transposed);
    }

    private static int Constant(Value value, IOperation at) => value is ScalarValue { Constant: { } n and > 0 } ? n
        : throw new KernelError("KDSL0044", Place(at), value is ScalarValue s ? s.Scalar.ToString() : at.Syntax.ToString());

    private Value BlockCall(IInvocationOperation call, BlockValue block, List<Value> a)
    {
        switch (call.TargetMethod.Name)
        {
            case "At":
                return block with { Start = ScalarOf(a[0], call) };
            case "Within":
                var start = Named(ScalarMath.Add(ScalarOf(a[0], call), block.Start));
                var live = Named(ScalarMath.Max(0, ScalarMath.Min(block.Axis.Live, ScalarMath.Sub(ScalarOf(a[1], call), start))));
                // Other lanes are live than the block's own: another axis.
                return new BlockValue(new Axis(block.Axis.Length, block.Axis.Id + "'", live), start);
            default:
                throw Unknown(call);
        }
    }

    private Value GridCall(IInvocationOperation call, List<Value> a)
    {
        int dim = "XYZ".IndexOf(call.TargetMethod.Name, StringComparison.Ordinal);
        if (dim < 0)
            throw Unknown(call);
        int length = a.Count > 1 ? Constant(a[1], call) : 1;
        var extent = new LetResolver(_lets).Scalar(ScalarOf(a[0], call));
        if (LetResolver.DependsOnMemory(extent))
            throw new KernelError("KDSL0026", Place(call), call.Arguments[0].Syntax.ToString());
        var axis = new GridAxis(extent, length);
        if (_grid[dim] is { } before && before != axis)
            throw new KernelError("KDSL0027", Place(call), call.TargetMethod.Name);
        _grid[dim] = axis;
        var index = new GridIndex(dim);
        if (a.Count == 1)
            return new ScalarValue(index);
        var start = Named(ScalarMath.Mul(index, length));
        var live = Named(ScalarMath.Min(length, ScalarMath.Sub(extent, start)));
        return new BlockValue(new Axis(length, index.ToString(), live), start);
    }

    private static KernelError Unknown(IInvocationOperation call) => new("KDSL0022", Place(call), call.TargetMethod.Name);
}
