using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;

namespace KernelDsl.Generators.Backends.Ascend;

/// <summary>
/// Rewrites a kernel to what the device library has a call for. Tiles live as float in UB, so widening disappears; regions are opened,
/// uniform operands become what Adds and Muls take or a broadcast tile, and a store's value gets the shape it is stored to.
/// </summary>
/// <exception cref="NotLowered">KDSL0140 names the construct that has no call.</exception>
internal sealed class Legalize : Rewriter
{
    private readonly Kernel _kernel;
    private readonly Dictionary<string, TileValue> _aliases = [];
    private int _fresh;

    private Legalize(Kernel kernel) => _kernel = kernel;

    /// <summary>The legal kernel.</summary>
    public static Kernel Run(Kernel kernel) => kernel with { Body = new Legalize(kernel).Body(kernel.Body) };

    /// <inheritdoc/>
    public override TileValue Tile(TileValue tile) => _aliases.TryGetValue(tile.Name, out var source) ? source : tile;

    /// <inheritdoc/>
    public override IEnumerable<Op> Rewrite(Op op)
    {
        switch (op)
        {
            case Ir.Convert { Result.Element: Element.F32 } widen:
                _aliases.Add(widen.Result.Name, Tile(widen.Source));
                return [];
            case Reduce { Source.Cols.IsOne: true, Reduction: not Reduction.ArgMax } reduce:
                _aliases.Add(reduce.Result.Name, Tile(reduce.Source));
                return [];
        }

        var copy = Copy(op);
        switch (copy)
        {
            case Load load:
                CheckAccess(load.View, load.Indices);
                Refuse(Shape.Of(load.Result).ColAxis == 0 && _kernel.ParameterOf(load.View).Element != Element.F32, $"a column or single element loaded from '{load.View}', which is not float,");
                return [load];
            case Store store:
                CheckAccess(store.View, store.Indices);
                Refuse(_kernel.ParameterOf(store.View).Element == Element.I32, $"a store of ints to '{store.View}'");
                return Stored(store);
            case Elementwise e:
                return Arithmetic(e);
            case Select s:
                return Selected(s);
            case Reduce { Reduction: Reduction.ArgMax }:
                throw NotLowered.Construct(_kernel.Name, "RowArgMax");
            case Dot d:
                Refuse(d.ATransposed, "Dot of a transposed left operand on the vector core");
                Refuse(d.BTransposed && Shape.Of(d.B).Pitch > 2040, "Dot of rows longer than 2040 elements on the vector core");
                Refuse(Shape.Of(d.A).ColAxis == 0 || Shape.Of(d.B).ColAxis == 0, "Dot of columns");
                return [d];
            case Fill { Value: var value } when !value.IsFloat && value is not IntConst:
                return [((Fill)copy) with { Value = ScalarMath.ToFloat(value) }];
            default:
                return [copy];
        }
    }

    private void CheckAccess(string view, EquatableArray<ViewIndex> indices)
    {
        var parameter = _kernel.ParameterOf(view);
        Refuse(parameter.Kind == ParameterKind.Paged, $"the paged cache '{view}'");
        Refuse(indices.Count(static i => i is BlockIndex) == 2 && indices[indices.Count - 1] is not BlockIndex, $"'{view}' with blocks on two outer dimensions");
    }

    private IEnumerable<Op> Stored(Store store)
    {
        var blocks = store.Indices.OfType<BlockIndex>().Select(static b => b.Axis).ToList();
        bool last = store.Indices[store.Indices.Count - 1] is BlockIndex;
        Axis rows = blocks.Count == 2 || (blocks.Count == 1 && !last) ? blocks[0] : Ir.Axis.One, cols = last ? blocks[blocks.Count - 1] : Ir.Axis.One;
        var whole = store.Value with { Name = Fresh(), Rows = rows, Cols = cols };
        Refuse(Shape.Of(whole) is { ColAxis: 0, RowAxis: > 1 } && _kernel.ParameterOf(store.View).Element != Element.F32, $"a column stored to '{store.View}', which is not float,");
        if (Shape.Of(whole) == Shape.Of(store.Value))
            return [store];
        var value = new TileOperand(store.Value);
        return [new Elementwise(whole, Function.Max, new Operand[] { value, value }.ToEquatable()), store with { Value = whole }];
    }

    private IEnumerable<Op> Arithmetic(Elementwise e)
    {
        if (e.Operands.Count == 1)
        {
            Refuse(e.Operands[0] is ScalarOperand, $"{e.Function} of a uniform value");
            return [e];
        }
        Operand a = e.Operands[0], b = e.Operands[1];
        if (a is TileOperand && b is TileOperand)
            return [e];
        Refuse(a is ScalarOperand && b is ScalarOperand, $"{e.Function} of two uniform values");
        switch (e.Function)
        {
            case Function.Add or Function.Mul or Function.Max or Function.Min:
                return WithScalar(e.Result, e.Function, a is TileOperand ? a : b, a is TileOperand ? b : a);
            case Function.Sub when b is ScalarOperand s:
                return WithScalar(e.Result, Function.Add, a, new ScalarOperand(ScalarMath.Sub(new FloatConst(0), ScalarMath.ToFloat(s.Value))));
            case Function.Sub:
                var negated = e.Result with { Name = Fresh() };
                return [new Elementwise(negated, Function.Neg, new[] { b }.ToEquatable()), .. WithScalar(e.Result, Function.Add, new TileOperand(negated), a)];
            default:
                // Adds and Muls have no sibling for division, and a product with the reciprocal rounds twice.
                var (fill, uniform) = Uniform(a is ScalarOperand ? a : b);
                return [fill, e with { Operands = new[] { a is ScalarOperand ? uniform : a, a is ScalarOperand ? b : uniform }.ToEquatable() }];
        }
    }

    private static IEnumerable<Op> WithScalar(TileValue result, Function function, Operand tile, Operand scalar) =>
        [new Elementwise(result, function, new[] { tile, scalar }.ToEquatable())];

    private IEnumerable<Op> Selected(Select s)
    {
        var ops = new List<Op>();
        Operand Broadcast(Operand operand)
        {
            if (operand is TileOperand)
                return operand;
            var (fill, uniform) = Uniform(operand);
            ops.Add(fill);
            return uniform;
        }
        Operand ifTrue = Broadcast(s.IfTrue), ifFalse = Broadcast(s.IfFalse);
        Refuse(Shape.Of(s.Result).ColAxis == 0, "Where on a column");
        ops.Add(s with { IfTrue = ifTrue, IfFalse = ifFalse });
        return ops;
    }

    private (Fill Fill, Operand Tile) Uniform(Operand operand)
    {
        var tile = new TileValue(Fresh(), Element.F32, Ir.Axis.One, Ir.Axis.One);
        return (new Fill(tile, ScalarMath.ToFloat(((ScalarOperand)operand).Value)), new TileOperand(tile));
    }

    private void Refuse(bool condition, string construct)
    {
        if (condition)
            throw NotLowered.Construct(_kernel.Name, construct);
    }

    private string Fresh() => $"q{_fresh++}";
}
