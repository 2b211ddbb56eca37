using System.Globalization;
using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Ilgpu;

/// <summary>Uniform values as C#: expressions of device code, and postfix words of launch expressions.</summary>
internal static class ScalarText
{
    /// <summary>A C# expression of type int or float.</summary>
    public static string Of(Scalar scalar) => scalar switch
    {
        IntConst c => c.Value < 0 ? $"({c})" : c.ToString(),
        FloatConst c => Float(c.Value),
        ScalarName n => Identifier.Of(n.Name),
        ScalarParameter p => Value(p.Name),
        GridIndex g => $"Grid.Idx{"XYZ"[g.Dim]}",
        ViewDim d => Dim(d.View, d.Dim),
        ScalarRead r => $"{Data(r.View)}[{Offset(r.Indices.Select(static i => Of(i)).ToList(), d => Stride(r.View, d))}]",
        ScalarToFloat f => $"(float)({Of(f.Value)})",
        ScalarSelect s => $"({Condition(s.Condition)} ? {Of(s.A)} : {Of(s.B)})",
        ScalarBinary { Op: >= ScalarOp.Less } b => $"Uniform.Bit({Condition(b)})",
        ScalarBinary { Op: ScalarOp.Min or ScalarOp.Max or ScalarOp.CeilDiv } b => $"{(b.IsFloat ? "Elementary" : "Uniform")}.{b.Op}({Of(b.A)}, {Of(b.B)})",
        ScalarBinary b => $"({Of(b.A)} {Symbol(b.Op)} {Of(b.B)})",
        _ => throw new InvalidOperationException($"no C# for {scalar.GetType().Name}"),
    };

    /// <summary>A C# expression of type bool.</summary>
    public static string Condition(Scalar scalar) => scalar switch
    {
        ScalarBinary { Op: ScalarOp.And or ScalarOp.Or } b => $"({Condition(b.A)} {Symbol(b.Op)} {Condition(b.B)})",
        ScalarBinary { Op: >= ScalarOp.Less } b => $"{Of(b.A)} {Symbol(b.Op)} {Of(b.B)}",
        _ => $"{Of(scalar)} != 0",
    };

    /// <summary>A float literal.</summary>
    public static string Float(float value) => float.IsNegativeInfinity(value) ? "float.NegativeInfinity"
        : float.IsPositiveInfinity(value) ? "float.PositiveInfinity"
        : float.IsNaN(value) ? "float.NaN"
        : value < 0 ? $"({value.ToString("R", CultureInfo.InvariantCulture)}f)" : $"{value.ToString("R", CultureInfo.InvariantCulture)}f";

    /// <summary>The device parameter that holds an int or float parameter. The suffix keeps it apart from the names of values.</summary>
    public static string Value(string parameter) => $"{Identifier.Of(parameter)}_value";

    /// <summary>The device parameter that holds a view's elements.</summary>
    public static string Data(string view) => $"{Identifier.Of(view)}_data";

    /// <summary>The device parameter that holds a view's dimension.</summary>
    public static string Dim(string view, int dim) => $"{Identifier.Of(view)}_dim{dim}";

    /// <summary>The device parameter that holds a view's stride.</summary>
    public static string Stride(string view, int dim) => $"{Identifier.Of(view)}_stride{dim}";

    /// <summary>The element offset of an index, one expression per dimension; the innermost stride is 1.</summary>
    public static string Offset(IReadOnlyList<string> indices, Func<int, string> stride) => string.Join(" + ", indices
        .Select((index, d) => (index, Text: d == indices.Count - 1 ? index : $"{index} * {stride(d)}")).Where(static t => t.index != "0")
        .Select(static t => t.Text).DefaultIfEmpty("0"));

    /// <summary>Postfix words over a kernel's parameters (LaunchExpression), or null when a word is not known before the launch.</summary>
    public static string? Postfix(Scalar scalar, IReadOnlyList<Parameter> parameters)
    {
        int Position(string name) => parameters.Select(static p => p.Name).ToList().IndexOf(name);
        string? Join(string word, params Scalar[] operands)
        {
            var words = operands.Select(o => Postfix(o, parameters)).ToList();
            return words.Contains(null) ? null : string.Join(" ", words.Append(word));
        }

        return scalar switch
        {
            IntConst c => c.ToString(),
            ScalarParameter { Float: false } p => $"i{Position(p.Name)}",
            ViewDim d => $"d{Position(d.View)}.{d.Dim}",
            ScalarSelect s => Join("?", s.Condition, s.A, s.B),
            ScalarBinary { IsFloat: false } b => Join(b.Op switch { ScalarOp.Min => "min", ScalarOp.Max => "max", ScalarOp.CeilDiv => "ceildiv", _ => Symbol(b.Op) }, b.A, b.B),
            _ => null,
        };
    }

    /// <summary>C#'s operator; Min, Max and CeilDiv have none.</summary>
    public static string Symbol(ScalarOp op) => op switch
    {
        ScalarOp.Add => "+", ScalarOp.Sub => "-", ScalarOp.Mul => "*", ScalarOp.Div => "/", ScalarOp.Mod => "%",
        ScalarOp.Less => "<", ScalarOp.LessEqual => "<=", ScalarOp.Greater => ">", ScalarOp.GreaterEqual => ">=",
        ScalarOp.Equal => "==", ScalarOp.NotEqual => "!=", ScalarOp.And => "&&", ScalarOp.Or => "||",
        _ => throw new InvalidOperationException($"{op} is a call"),
    };
}
