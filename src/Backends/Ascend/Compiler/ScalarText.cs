using System.Globalization;
using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Ascend;

/// <summary>Uniform values as C++ inside an emitted class, or as C# over a launch's arguments.</summary>
internal sealed class ScalarText
{
    private readonly Kernel _kernel;
    private readonly bool _cpp;

    private ScalarText(Kernel kernel, bool cpp) => (_kernel, _cpp) = (kernel, cpp);

    /// <summary>Text for the device: members and locals of the emitted class.</summary>
    public static ScalarText Cpp(Kernel kernel) => new(kernel, true);

    /// <summary>Text for the host: a span of KernelArgument named arguments.</summary>
    public static ScalarText CSharp(Kernel kernel) => new(kernel, false);

    /// <summary>A local's name for a let, loop index or block bound.</summary>
    public static string Local(string name) => "s_" + name.Replace('.', '_');

    /// <summary>A float literal.</summary>
    public static string Literal(float value) => float.IsNaN(value) ? "__builtin_nanf(\"\")" : float.IsInfinity(value) ? (value > 0 ? "__builtin_inff()" : "-__builtin_inff()")
        : value.ToString("R", CultureInfo.InvariantCulture) is var text && text.IndexOfAny(['.', 'E']) < 0 ? text + ".0f" : value.ToString("R", CultureInfo.InvariantCulture) + "f";

    /// <summary>The value as float.</summary>
    public string Float(Scalar scalar) => scalar switch
    {
        FloatConst c => Literal(c.Value),
        IntConst i => Literal(i.Value),
        _ => scalar.IsFloat ? Of(scalar) : $"(float)({Of(scalar)})",
    };

    /// <summary>The value.</summary>
    public string Of(Scalar scalar) => scalar switch
    {
        IntConst i => i.ToString(),
        FloatConst f => Literal(f.Value),
        ScalarName n => Local(n.Name),
        ScalarParameter p => _cpp ? p.Name + "Value" : Argument(p.Name, p.Float ? "Float" : "Int"),
        GridIndex g => _kernel.Grid[g.Dim].Extent is IntConst { Value: 1 } ? "0" : "grid" + "XYZ"[g.Dim],
        ViewDim d => _cpp ? $"{d.View}Dim{d.Dim}" : Argument(d.View, "Dim" + d.Dim),
        ScalarRead r when _cpp => $"{r.View}View.GetValue({Offset(r.View, r.Indices)})",
        ScalarBinary b => Binary(b),
        ScalarSelect s => $"({Of(s.Condition)} ? {Of(s.A)} : {Of(s.B)})",
        ScalarToFloat f => $"(float)({Of(f.Value)})",
        _ => throw NotLowered.Construct(_kernel.Name, $"the uniform value '{scalar}'"),
    };

    /// <summary>The element offset of an access whose innermost stride is 1.</summary>
    public string Offset(string view, IReadOnlyList<Scalar> indices) => string.Join(" + ", indices.Select((index, dim) =>
        dim == indices.Count - 1 ? $"(int64_t)({Of(index)})" : $"(int64_t)({Of(index)}) * {Stride(view, dim)}"));

    /// <summary>The stride of a dimension of a view that is not the innermost.</summary>
    public static string Stride(string view, int dim) => $"{view}Stride{dim}";

    private string Binary(ScalarBinary b)
    {
        string a = Of(b.A), c = Of(b.B);
        string least = _cpp ? "kdsl::Least" : "Math.Min", most = _cpp ? "kdsl::Most" : "Math.Max";
        return b.Op switch
        {
            ScalarOp.Min => b.IsFloat ? throw NotLowered.Construct(_kernel.Name, "Min of uniform floats") : $"{least}({a}, {c})",
            ScalarOp.Max => b.IsFloat ? throw NotLowered.Construct(_kernel.Name, "Max of uniform floats") : $"{most}({a}, {c})",
            ScalarOp.CeilDiv => _cpp ? $"kdsl::CeilDiv({a}, {c})" : $"(({a} + {c} - 1) / {c})",
            ScalarOp.Add => $"({a} + {c})",
            ScalarOp.Sub => $"({a} - {c})",
            ScalarOp.Mul => $"({a} * {c})",
            ScalarOp.Div => $"({a} / {c})",
            ScalarOp.Mod => $"({a} % {c})",
            ScalarOp.Less => $"({a} < {c})",
            ScalarOp.LessEqual => $"({a} <= {c})",
            ScalarOp.Greater => $"({a} > {c})",
            ScalarOp.GreaterEqual => $"({a} >= {c})",
            ScalarOp.Equal => $"({a} == {c})",
            ScalarOp.NotEqual => $"({a} != {c})",
            ScalarOp.And => $"({a} && {c})",
            _ => $"({a} || {c})",
        };
    }

    private string Argument(string parameter, string field)
    {
        for (int i = 0; i < _kernel.Parameters.Count; i++)
            if (_kernel.Parameters[i].Name == parameter)
                return $"arguments[{i}].{field}";
        throw new ArgumentException(parameter);
    }
}
