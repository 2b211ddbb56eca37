using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Passes;

/// <summary>
/// Drops what changes no value: a widening that is narrowed back (exact), a widening before a store of the narrow type, and fills that
/// are only operands, which become uniform operands.
/// </summary>
public static class Simplify
{
    /// <summary>The simplified kernel.</summary>
    public static Kernel Run(Kernel kernel) => kernel with { Body = new Simplifier(kernel).Body(kernel.Body) };

    private sealed class Simplifier(Kernel kernel) : Rewriter
    {
        private readonly Dictionary<string, Ir.Convert> _conversions = [];
        private readonly Dictionary<string, Scalar> _fills = [];
        private readonly Dictionary<string, TileValue> _same = [];

        public override TileValue Tile(TileValue tile) => _same.TryGetValue(tile.Name, out var other) ? other : tile;

        public override IEnumerable<Op> Rewrite(Op op)
        {
            switch (op)
            {
                case Ir.Convert c when _conversions.TryGetValue(Tile(c.Source).Name, out var inner) && inner.Source.Element == c.Result.Element
                    && inner.Result.Element == Element.F32:
                    _same[c.Result.Name] = inner.Source;
                    return [];
                case Ir.Convert c:
                    var copy = (Ir.Convert)Copy(c);
                    _conversions[c.Result.Name] = copy;
                    return [copy];
                case Fill f:
                    _fills[f.Result.Name] = f.Value;
                    return [f];
                case Store s when _conversions.TryGetValue(Tile(s.Value).Name, out var widen) && widen.Source.Element == kernel.ParameterOf(s.View).Element:
                    return [(Store)Copy(s) with { Value = widen.Source }];
                case Elementwise e:
                    e = (Elementwise)Copy(e);
                    var operands = e.Operands.Select(Uniform).ToList();
                    return [operands.Any(static o => o is TileOperand) ? e with { Operands = Model.EquatableArrays.ToEquatable(operands) } : e];
                case Select s:
                    s = (Select)Copy(s);
                    return [s with { IfTrue = Uniform(s.IfTrue), IfFalse = Uniform(s.IfFalse) }];
                default:
                    return [Copy(op)];
            }
        }

        private Operand Uniform(Operand operand) =>
            operand is TileOperand { Tile.Name: var name } && _fills.TryGetValue(name, out var value) ? new ScalarOperand(value) : operand;
    }
}
