using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Frontend;

/// <summary>Replaces names by what they were bound to, so that an expression can be judged, or evaluated on the host.</summary>
internal sealed class LetResolver(IReadOnlyDictionary<string, Scalar> lets) : Rewriter
{
    public override Scalar Scalar(Scalar scalar) =>
        scalar is ScalarName n && lets.TryGetValue(n.Name, out var value) ? Scalar(value) : base.Scalar(scalar);

    /// <summary>Whether a resolved value reads a view's elements, a loop or the grid: not known at launch.</summary>
    public static bool DependsOnMemory(Scalar scalar) => scalar switch
    {
        ScalarRead or GridIndex or ScalarName => true,
        ScalarBinary b => DependsOnMemory(b.A) || DependsOnMemory(b.B),
        ScalarSelect s => DependsOnMemory(s.Condition) || DependsOnMemory(s.A) || DependsOnMemory(s.B),
        ScalarToFloat f => DependsOnMemory(f.Value),
        _ => false,
    };
}
