using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace KernelDsl.Generators.Frontend;

/// <summary>Expressions: what each operation of C# means as tile IR.</summary>
internal sealed partial class Tracer
{
    private Value Evaluate(IOperation operation)
    {
        WarnOfDouble(operation);
        if (operation.ConstantValue is { HasValue: true, Value: { } constant })
            return constant switch
            {
                int i => new ScalarValue(i),
                float f => new ScalarValue(new FloatConst(f)),
                double d => new ScalarValue(new FloatConst((float)d)),
                bool b => new ScalarValue(b ? 1 : 0),
                _ => throw new KernelError("KDSL0021", Place(operation), operation.Syntax.ToString()),
            };
        return operation switch
        {
            ILocalReferenceOperation local => Variable(local.Local, operation),
            IParameterReferenceOperation parameter => Variable(parameter.Parameter, operation),
            IFieldReferenceOperation { Instance: not null } field => Struct(field.Instance, operation).Fields[field.Field],
            IInstanceReferenceOperation when _state.Frame.Self is { } self => new StructValue(self),
            IParenthesizedOperation parenthesised => Evaluate(parenthesised.Operand),
            IConversionOperation conversion => Convert(conversion),
            ISimpleAssignmentOperation assignment => Assign(assignment.Target, Evaluate(assignment.Value)),
            ICompoundAssignmentOperation compound => Assign(compound.Target, Binary(compound.OperatorKind, Evaluate(compound.Target), Evaluate(compound.Value), operation)),
            IBinaryOperation binary => Binary(binary.OperatorKind, Evaluate(binary.LeftOperand), Evaluate(binary.RightOperand), operation),
            IUnaryOperation { OperatorKind: UnaryOperatorKind.Minus } minus => Negate(Evaluate(minus.Operand), operation),
            IUnaryOperation { OperatorKind: UnaryOperatorKind.Plus } plus => Evaluate(plus.Operand),
            IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not => new ScalarValue(ScalarMath.Binary(ScalarOp.Equal, ScalarOf(Evaluate(not.Operand), operation), 0)),
            IConditionalOperation { WhenFalse: { } otherwise } choice => Choose(choice, otherwise),
            IPropertyReferenceOperation property => Property(property),
            IInvocationOperation call => Call(call),
            IObjectCreationOperation creation => Create(creation),
            IArgumentOperation argument => Evaluate(argument.Value),
            IInvalidOperation invalid => throw Refused(invalid),
            _ => throw new KernelError("KDSL0021", Place(operation), operation.Syntax.ToString()),
        };
    }

    /// <summary>What C# itself refuses gets the language's word where it has one; otherwise the compiler's error stands alone.</summary>
    private static KernelError Refused(IInvalidOperation invalid)
    {
        var parts = invalid.DescendantsAndSelf().ToList();
        if (parts.OfType<IPropertyReferenceOperation>().FirstOrDefault(static p => p.Property is { IsIndexer: true, SetMethod: null } && Names.Is(p.Instance?.Type, "In")) is { } written
            && invalid.Syntax.Parent is AssignmentExpressionSyntax assignment && assignment.Left == invalid.Syntax)
            return new KernelError("KDSL0081", Place(invalid), written.Instance!.Syntax.ToString());
        return parts.Any(static p => Names.Is(p.Type, "Tile")) && invalid.Syntax.DescendantNodesAndSelf().Any(static n => n is BinaryExpressionSyntax b && b.OperatorToken.Text is ">" or "<" or ">=" or "<=" or "==" or "!=")
            ? new KernelError("KDSL0047", Place(invalid)) : new KernelError("KDSL0021", Place(invalid), invalid.Syntax.ToString());
    }

    private Value Variable(ISymbol symbol, IOperation at)
    {
        if (_state.Frame.Locals.TryGetValue(symbol, out var value))
            return value;
        if (_state.Frame.Self is { } self && self.Fields.TryGetValue(symbol, out value))
            return value;
        throw new KernelError("KDSL0021", Place(at), at.Syntax.ToString());
    }

    private InlineStruct Struct(IOperation instance, IOperation at) => Evaluate(instance) is StructValue s ? s.Instance
        : throw new KernelError("KDSL0021", Place(at), at.Syntax.ToString());

    private Value Choose(IConditionalOperation choice, IOperation otherwise)
    {
        var condition = Condition(choice.Condition);
        if (condition is IntConst known)
            return Evaluate(known.Value != 0 ? choice.WhenTrue : otherwise);
        return (Evaluate(choice.WhenTrue), Evaluate(otherwise)) is (ScalarValue a, ScalarValue b)
            ? new ScalarValue(ScalarMath.Choose(condition, a.Scalar, b.Scalar))
            : throw new KernelError("KDSL0029", Place(choice), choice.Syntax.ToString());
    }

    private Value Convert(IConversionOperation conversion)
    {
        var value = Evaluate(conversion.Operand);
        if (Names.Is(conversion.Type, "Tile"))
            return value switch
            {
                ScalarValue s => new SplatValue(ScalarMath.ToFloat(s.Scalar)),
                TileRef t => ConvertTo(t.Tile, ElementOf(conversion.Type!, conversion)),
                TransposedTile => throw new KernelError("KDSL0048", Place(conversion)),
                _ => value,
            };
        if (conversion.Type?.SpecialType == SpecialType.System_Single && value is ScalarValue { Scalar: var scalar })
            return new ScalarValue(ScalarMath.ToFloat(scalar));
        // float to int would need a rounding that devices disagree on.
        if (conversion.Type?.SpecialType == SpecialType.System_Int32 && value is ScalarValue { Scalar.IsFloat: true })
            throw new KernelError("KDSL0021", Place(conversion), conversion.Syntax.ToString());
        return value;
    }

    private static Element ElementOf(ITypeSymbol tileType, IOperation at)
    {
        var argument = ((INamedTypeSymbol)tileType).TypeArguments[0];
        return Names.ElementOf(argument) ?? throw new KernelError("KDSL0060", Place(at), argument.ToDisplayString());
    }

    private TileRef ConvertTo(TileValue tile, Element element)
    {
        if (tile.Element == element)
            return new TileRef(tile);
        var result = NewTile(element, tile.Rows, tile.Cols);
        Emit(new Ir.Convert(result, tile));
        return new TileRef(result);
    }

    /// <summary>A tile in float, whatever its storage: what every operator takes.</summary>
    private TileValue FloatTile(Value value, IOperation at) => value switch
    {
        TileRef t => ConvertTo(t.Tile, Element.F32).Tile,
        SplatValue or ScalarValue => Materialise(value).Tile,
        TransposedTile => throw new KernelError("KDSL0048", Place(at)),
        _ => throw new KernelError("KDSL0021", Place(at), at.Syntax.ToString()),
    };

    private static Scalar ScalarOf(Value value, IOperation at) => value switch
    {
        ScalarValue s => s.Scalar,
        SplatValue s => s.Scalar,
        _ => throw new KernelError("KDSL0021", Place(at), at.Syntax.ToString()),
    };

    private Operand OperandOf(Value value, IOperation at) => value switch
    {
        ScalarValue s => new ScalarOperand(ScalarMath.ToFloat(s.Scalar)),
        SplatValue s => new ScalarOperand(s.Scalar),
        _ => new TileOperand(FloatTile(value, at)),
    };

    private Value Negate(Value value, IOperation at) => value switch
    {
        ScalarValue { Scalar: IntConst c } => new ScalarValue(-c.Value),
        ScalarValue { Scalar: FloatConst f } => new ScalarValue(new FloatConst(-f.Value)),
        ScalarValue s => new ScalarValue(ScalarMath.Sub(s.Scalar.IsFloat ? new FloatConst(0f) : 0, s.Scalar)),
        _ => Apply(Function.Neg, at, value),
    };

    private Value Binary(BinaryOperatorKind kind, Value a, Value b, IOperation at)
    {
        switch (a, b)
        {
            case (ScalarValue x, ScalarValue y):
                return new ScalarValue(ScalarMath.Binary(ScalarOpOf(kind, at), x.Scalar, y.Scalar));
            case (BlockValue block, ScalarValue shift) when kind is BinaryOperatorKind.Add or BinaryOperatorKind.Subtract:
                return block with { Start = ScalarMath.Binary(ScalarOpOf(kind, at), block.Start, shift.Scalar) };
            case (LanesValue lanes, ScalarValue shift) when kind is BinaryOperatorKind.Add or BinaryOperatorKind.Subtract:
                return lanes with { Offset = Named(ScalarMath.Binary(ScalarOpOf(kind, at), lanes.Offset, shift.Scalar)) };
            case (LanesValue or ScalarValue, LanesValue or ScalarValue) when ScalarOpOf(kind, at) is >= ScalarOp.Less and <= ScalarOp.NotEqual and var comparison:
                return new MaskValue(new Mask(LanesOf(a), comparison, LanesOf(b)), AxisOf(a, b, LaneAxis.Rows), AxisOf(a, b, LaneAxis.Cols));
            case (LanesValue or MaskValue, _) or (_, LanesValue or MaskValue):
                throw new KernelError("KDSL0047", Place(at));
        }

        var function = kind switch
        {
            BinaryOperatorKind.Add => Function.Add,
            BinaryOperatorKind.Subtract => Function.Sub,
            BinaryOperatorKind.Multiply => Function.Mul,
            BinaryOperatorKind.Divide => Function.Div,
            _ => throw new KernelError("KDSL0021", Place(at), at.Syntax.ToString()),
        };
        return Apply(function, at, a, b);
    }

    private static ScalarOp ScalarOpOf(BinaryOperatorKind kind, IOperation at) => kind switch
    {
        BinaryOperatorKind.Add => ScalarOp.Add,
        BinaryOperatorKind.Subtract => ScalarOp.Sub,
        BinaryOperatorKind.Multiply => ScalarOp.Mul,
        BinaryOperatorKind.Divide => ScalarOp.Div,
        BinaryOperatorKind.Remainder => ScalarOp.Mod,
        BinaryOperatorKind.LessThan => ScalarOp.Less,
        BinaryOperatorKind.LessThanOrEqual => ScalarOp.LessEqual,
        BinaryOperatorKind.GreaterThan => ScalarOp.Greater,
        BinaryOperatorKind.GreaterThanOrEqual => ScalarOp.GreaterEqual,
        BinaryOperatorKind.Equals => ScalarOp.Equal,
        BinaryOperatorKind.NotEquals => ScalarOp.NotEqual,
        BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.And => ScalarOp.And,
        BinaryOperatorKind.ConditionalOr or BinaryOperatorKind.Or => ScalarOp.Or,
        _ => throw new KernelError("KDSL0021", Place(at), at.Syntax.ToString()),
    };

    private static Lanes LanesOf(Value value) => value is LanesValue l ? new Lanes(l.Along, l.Offset) : new Lanes(LaneAxis.None, ((ScalarValue)value).Scalar);

    private static Axis AxisOf(Value a, Value b, LaneAxis along) =>
        a is LanesValue x && x.Along == along ? x.Axis : b is LanesValue y && y.Along == along ? y.Axis : Axis.One;

    /// <summary>An elementwise function of one or two values, broadcast.</summary>
    private Value Apply(Function function, IOperation at, params Value[] values)
    {
        var operands = values.Select(v => OperandOf(v, at)).ToEquatable();
        var tiles = operands.OfType<TileOperand>().Select(static o => o.Tile).ToList();
        if (tiles.Count == 0)
            operands = operands.Select(o => (Operand)new TileOperand(Materialise(new SplatValue(((ScalarOperand)o).Value)).Tile)).ToEquatable();
        Axis rows = Axis.One, cols = Axis.One;
        foreach (var tile in tiles)
            (rows, cols) = (Join(rows, tile.Rows, "rows", at), Join(cols, tile.Cols, "columns", at));
        var result = NewTile(Element.F32, rows, cols);
        Emit(new Elementwise(result, function, operands));
        return new TileRef(result);
    }

    private static Axis Join(Axis a, Axis b, string what, IOperation at) => a.IsOne ? b : b.IsOne || a.Matches(b) ? a
        : a.Length == b.Length ? throw new KernelError("KDSL0041", Place(at), what, a.Id ?? "Full", b.Id ?? "Full")
        : throw new KernelError("KDSL0040", Place(at), $"{a.Length} {what}", b.Length.ToString());

    private Value Assign(IOperation target, Value value)
    {
        switch (target)
        {
            case ILocalReferenceOperation local:
                return _state.Frame.Locals[local.Local] = Keep(value, local.Local.Type);
            case IFieldReferenceOperation { Instance: not null } field:
                return Struct(field.Instance, target).Fields[field.Field] = Keep(value, field.Field.Type);
            case IParameterReferenceOperation parameter when _state.Frame.Locals.ContainsKey(parameter.Parameter):
                return _state.Frame.Locals[parameter.Parameter] = Keep(value, parameter.Parameter.Type);
            case IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } instance } element when Evaluate(instance) is ViewValue { View: var view }:
                Store(view, element.Arguments.Select(a => Evaluate(a.Value)).ToList(), value, element);
                return VoidValue.Instance;
            case IInvalidOperation invalid:
                throw Refused(invalid);
            default:
                throw new KernelError("KDSL0021", Place(target), target.Syntax.ToString());
        }
    }

    /// <summary>float x = 0.5 does not compile, but (float)0.5 does, and rounds.</summary>
    private void WarnOfDouble(IOperation operation)
    {
        if (operation is IConversionOperation { Type.SpecialType: SpecialType.System_Single, Operand: ILiteralOperation { Type.SpecialType: SpecialType.System_Double } }
            && Warnings.All(w => w.Location != Place(operation)))
            Warnings.Add(new Finding("KDSL0063", Place(operation), operation.Syntax.ToString()));
    }
}
