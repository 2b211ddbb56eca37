namespace KernelDsl.Generators.Ir;

/// <summary>Builds uniform values, folding what is known.</summary>
public static class ScalarMath
{
    /// <summary>a op b, folded when both are constants or one is neutral.</summary>
    public static Scalar Binary(ScalarOp op, Scalar a, Scalar b)
    {
        if (a is IntConst x && b is IntConst y && Fold(op, x.Value, y.Value) is { } folded)
            return folded;
        if (a is FloatConst f && b is FloatConst g && op <= ScalarOp.Div && op != ScalarOp.Mod)
            return new FloatConst(op switch { ScalarOp.Add => f.Value + g.Value, ScalarOp.Sub => f.Value - g.Value, ScalarOp.Mul => f.Value * g.Value, _ => f.Value / g.Value });
        return (op, a, b) switch
        {
            (ScalarOp.Add, IntConst { Value: 0 }, _) => b,
            (ScalarOp.Add or ScalarOp.Sub, _, IntConst { Value: 0 }) => a,
            (ScalarOp.Mul, _, IntConst { Value: 1 }) or (ScalarOp.Div or ScalarOp.CeilDiv, _, IntConst { Value: 1 }) => a,
            (ScalarOp.Mul, IntConst { Value: 1 }, _) => b,
            (ScalarOp.Mul, _, IntConst { Value: 0 }) when !a.IsFloat => b,
            (ScalarOp.Mul, IntConst { Value: 0 }, _) when !b.IsFloat => a,
            // (x + c) + d and (x + c) - d: block shifts come in chains.
            (ScalarOp.Add, ScalarBinary { Op: ScalarOp.Add, B: IntConst c } i, IntConst d) => Binary(ScalarOp.Add, i.A, c.Value + d.Value),
            _ => new ScalarBinary(op, a, b),
        };
    }

    /// <summary>a + b.</summary>
    public static Scalar Add(Scalar a, Scalar b) => Binary(ScalarOp.Add, a, b);

    /// <summary>a - b.</summary>
    public static Scalar Sub(Scalar a, Scalar b) => Binary(ScalarOp.Sub, a, b);

    /// <summary>a * b.</summary>
    public static Scalar Mul(Scalar a, Scalar b) => Binary(ScalarOp.Mul, a, b);

    /// <summary>min(a, b).</summary>
    public static Scalar Min(Scalar a, Scalar b) => Binary(ScalarOp.Min, a, b);

    /// <summary>max(a, b).</summary>
    public static Scalar Max(Scalar a, Scalar b) => Binary(ScalarOp.Max, a, b);

    /// <summary>The value as a float.</summary>
    public static Scalar ToFloat(Scalar value) => value switch
    {
        { IsFloat: true } => value,
        IntConst c => new FloatConst(c.Value),
        _ => new ScalarToFloat(value),
    };

    /// <summary>condition ? a : b.</summary>
    public static Scalar Choose(Scalar condition, Scalar a, Scalar b) =>
        condition is IntConst c ? c.Value != 0 ? a : b : a == b ? a : new ScalarSelect(condition, a, b);

    /// <summary>Whether the value is worth a name: anything but a constant, a parameter, a dimension or a name.</summary>
    public static bool IsComposite(Scalar scalar) => scalar is ScalarBinary or ScalarSelect or ScalarRead or ScalarToFloat;

    private static Scalar? Fold(ScalarOp op, int a, int b) => op switch
    {
        ScalarOp.Add => unchecked(a + b),
        ScalarOp.Sub => unchecked(a - b),
        ScalarOp.Mul => unchecked(a * b),
        ScalarOp.Div => b == 0 ? null : a / b,
        ScalarOp.Mod => b == 0 ? null : a % b,
        ScalarOp.CeilDiv => b == 0 ? null : (a + b - 1) / b,
        ScalarOp.Min => Math.Min(a, b),
        ScalarOp.Max => Math.Max(a, b),
        ScalarOp.Less => a < b ? 1 : 0,
        ScalarOp.LessEqual => a <= b ? 1 : 0,
        ScalarOp.Greater => a > b ? 1 : 0,
        ScalarOp.GreaterEqual => a >= b ? 1 : 0,
        ScalarOp.Equal => a == b ? 1 : 0,
        ScalarOp.NotEqual => a != b ? 1 : 0,
        ScalarOp.And => a != 0 && b != 0 ? 1 : 0,
        _ => a != 0 || b != 0 ? 1 : 0,
    };
}
