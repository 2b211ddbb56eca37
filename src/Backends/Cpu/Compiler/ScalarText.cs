using System.Globalization;
using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>Uniform values as C# expressions over the locals that <see cref="KernelEmitter"/> declares.</summary>
internal static class ScalarText
{
    /// <summary>An int or float expression.</summary>
    public static string Of(Scalar scalar) => scalar switch
    {
        IntConst c => c.Value < 0 ? $"({c.Value.ToString(CultureInfo.InvariantCulture)})" : c.Value.ToString(CultureInfo.InvariantCulture),
        FloatConst f => Float(f.Value),
        ScalarName n => Names.Identifier(n.Name),
        ScalarParameter p => ScalarLocal(p.Name),
        GridIndex g => "grid" + "XYZ"[g.Dim],
        ViewDim d => $"{ArgumentLocal(d.View)}->Dim{d.Dim}",
        ScalarRead r => $"(({(r.IsFloat ? "float" : "int")}*){ArgumentLocal(r.View)}->Data)[{Offset(r.View, r.Indices.Select(Of).ToList())}]",
        ScalarToFloat f => $"(float){Of(f.Value)}",
        ScalarSelect s => $"({Condition(s.Condition)} ? {Of(s.A)} : {Of(s.B)})",
        ScalarBinary { Op: ScalarOp.Min or ScalarOp.Max } b => $"Math{(b.IsFloat ? "F" : "")}.{b.Op}({Of(b.A)}, {Of(b.B)})",
        ScalarBinary { Op: ScalarOp.CeilDiv } b => $"(({Of(b.A)} + {Of(b.B)} - 1) / {Of(b.B)})",
        ScalarBinary { Op: < ScalarOp.Less } b => $"({Of(b.A)} {Symbol(b.Op)} {Of(b.B)})",
        _ => $"({Condition(scalar)} ? 1 : 0)",
    };

    /// <summary>A bool expression: comparisons, and ints that are 0 or not.</summary>
    public static string Condition(Scalar scalar) => scalar switch
    {
        ScalarBinary { Op: ScalarOp.And or ScalarOp.Or } b => $"({Condition(b.A)} {Symbol(b.Op)} {Condition(b.B)})",
        ScalarBinary { Op: >= ScalarOp.Less } b => $"{Of(b.A)} {Symbol(b.Op)} {Of(b.B)}",
        _ => $"{Of(scalar)} != 0",
    };

    /// <summary>A float expression.</summary>
    public static string AsFloat(Scalar scalar) => scalar switch
    {
        IntConst c => Float(c.Value),
        { IsFloat: true } => Of(scalar),
        _ => $"(float){Of(scalar)}",
    };

    /// <summary>The element offset of indices into a view.</summary>
    public static string Offset(string view, IReadOnlyList<string> indices) => string.Join(" + ",
        indices.Select((index, d) => d == indices.Count - 1 ? index : $"((nint){index} * {StrideLocal(view, d)})"));

    /// <summary>The local that points at a view's argument.</summary>
    public static string ArgumentLocal(string view) => view + "Argument";

    /// <summary>The local that points at a view's elements.</summary>
    public static string DataLocal(string view) => view + "Data";

    /// <summary>The local that holds an outer stride of a view.</summary>
    public static string StrideLocal(string view, int dim) => $"{view}Stride{dim}";

    /// <summary>The local that holds an int or float parameter.</summary>
    public static string ScalarLocal(string name) => name + "Value";

    private static string Float(float value) => value switch
    {
        float.PositiveInfinity => "float.PositiveInfinity",
        float.NegativeInfinity => "float.NegativeInfinity",
        float.NaN => "float.NaN",
        < 0 => $"({value.ToString("R", CultureInfo.InvariantCulture)}f)",
        _ => value.ToString("R", CultureInfo.InvariantCulture) + "f",
    };

    private static string Symbol(ScalarOp op) => op switch
    {
        ScalarOp.Add => "+", ScalarOp.Sub => "-", ScalarOp.Mul => "*", ScalarOp.Div => "/", ScalarOp.Mod => "%",
        ScalarOp.Less => "<", ScalarOp.LessEqual => "<=", ScalarOp.Greater => ">", ScalarOp.GreaterEqual => ">=",
        ScalarOp.Equal => "==", ScalarOp.NotEqual => "!=", ScalarOp.And => "&&", _ => "||",
    };
}
