using System.Globalization;
using KernelDsl.Generators.Model;

namespace KernelDsl.Generators.Ir;

/// <summary>A uniform value: the same for every lane of a program. Prints as C-like text, and equals by it.</summary>
public abstract record Scalar
{
    /// <summary>Whether the value is a float; otherwise an int (comparisons are ints that are 0 or 1).</summary>
    public abstract bool IsFloat { get; }

    public static implicit operator Scalar(int value) => new IntConst(value);
}

/// <summary>A 32-bit integer constant.</summary>
public sealed record IntConst(int Value) : Scalar
{
    public override bool IsFloat => false;

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A 32-bit float constant.</summary>
public sealed record FloatConst(float Value) : Scalar
{
    public override bool IsFloat => true;

    public override string ToString() => float.IsNegativeInfinity(Value) ? "-inf" : float.IsPositiveInfinity(Value) ? "inf"
        : float.IsNaN(Value) ? "nan" : Value.ToString("R", CultureInfo.InvariantCulture) + "f";
}

/// <summary>A value bound by <see cref="Let"/>, a loop index, or a block loop's "b0.start" and "b0.live".</summary>
public sealed record ScalarName(string Name, bool Float = false) : Scalar
{
    public override bool IsFloat => Float;

    public override string ToString() => Name;
}

/// <summary>An int or float parameter of the kernel.</summary>
public sealed record ScalarParameter(string Name, bool Float) : Scalar
{
    public override bool IsFloat => Float;

    public override string ToString() => Name;
}

/// <summary>This program's index along a grid axis: 0 = x, 1 = y, 2 = z.</summary>
public sealed record GridIndex(int Dim) : Scalar
{
    public override bool IsFloat => false;

    public override string ToString() => "grid." + "xyz"[Dim];
}

/// <summary>A run-time dimension of a view. Paged: 0 sequences, 1 positions, 2 heads, 3 lanes. Weight: 0 outputs, 1 inputs.</summary>
public sealed record ViewDim(string View, int Dim) : Scalar
{
    public override bool IsFloat => false;

    public override string ToString() => $"{View}.dim{Dim}";
}

/// <summary>An element of an int or float view, read as a uniform value.</summary>
public sealed record ScalarRead(string View, EquatableArray<Scalar> Indices, bool Float = false) : Scalar
{
    public override bool IsFloat => Float;

    public override string ToString() => $"{View}[{string.Join(", ", Indices)}]";
}

/// <summary>Operations on uniform values. Division truncates toward zero; comparisons and logic give 0 or 1.</summary>
public enum ScalarOp
{
    Add, Sub, Mul, Div, Mod, Min, Max, CeilDiv, Less, LessEqual, Greater, GreaterEqual, Equal, NotEqual, And, Or,
}

/// <summary>A binary operation on uniform values.</summary>
public sealed record ScalarBinary(ScalarOp Op, Scalar A, Scalar B) : Scalar
{
    public override bool IsFloat => Op < ScalarOp.Less && (A.IsFloat || B.IsFloat);

    public override string ToString() => Op switch
    {
        ScalarOp.Min => $"min({A}, {B})",
        ScalarOp.Max => $"max({A}, {B})",
        ScalarOp.CeilDiv => $"ceildiv({A}, {B})",
        _ => $"({A} {Symbol(Op)} {B})",
    };

    private static string Symbol(ScalarOp op) => op switch
    {
        ScalarOp.Add => "+", ScalarOp.Sub => "-", ScalarOp.Mul => "*", ScalarOp.Div => "/", ScalarOp.Mod => "%",
        ScalarOp.Less => "<", ScalarOp.LessEqual => "<=", ScalarOp.Greater => ">", ScalarOp.GreaterEqual => ">=",
        ScalarOp.Equal => "==", ScalarOp.NotEqual => "!=", ScalarOp.And => "&&", _ => "||",
    };
}

/// <summary>Condition ? A : B on uniform values.</summary>
public sealed record ScalarSelect(Scalar Condition, Scalar A, Scalar B) : Scalar
{
    public override bool IsFloat => A.IsFloat || B.IsFloat;

    public override string ToString() => $"({Condition} ? {A} : {B})";
}

/// <summary>An int widened to float.</summary>
public sealed record ScalarToFloat(Scalar Value) : Scalar
{
    public override bool IsFloat => true;

    public override string ToString() => $"float({Value})";
}
