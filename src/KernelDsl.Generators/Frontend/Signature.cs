using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;
using Microsoft.CodeAnalysis;

namespace KernelDsl.Generators.Frontend;

/// <summary>The declaration of a kernel, read from its symbol: parameters and constants, before any schedule is chosen.</summary>
internal sealed class Signature
{
    private Signature(IMethodSymbol method) => Method = method;

    public IMethodSymbol Method { get; }

    /// <summary>"Class.Method".</summary>
    public string Name => $"{Method.ContainingType.Name}.{Method.Name}";

    public Location? Location => Method.Locations.FirstOrDefault();

    /// <summary>Views and scalars, in order, with their element type.</summary>
    public List<(IParameterSymbol Symbol, ParameterKind Kind, Element Element)> Arguments { get; } = [];

    /// <summary>[Const] parameters and their values.</summary>
    public List<(IParameterSymbol Symbol, int[] Values)> Constants { get; } = [];

    /// <summary>[Block] parameters.</summary>
    public List<IParameterSymbol> Blocks { get; } = [];

    /// <summary>Reads a kernel's declaration.</summary>
    /// <exception cref="KernelError">KDSL0001 to KDSL0006, KDSL0060.</exception>
    public static Signature Read(IMethodSymbol method)
    {
        var s = new Signature(method);
        if (!method.IsStatic || method.IsGenericMethod || !method.ReturnsVoid)
            throw new KernelError("KDSL0001", s.Location, method.Name);
        if (method.ContainingType.GetMembers(method.Name).OfType<IMethodSymbol>().Count(static m => Names.Has(m, Names.Kernel)) > 1)
            throw new KernelError("KDSL0006", s.Location, method.Name, method.ContainingType.Name);
        foreach (var p in method.Parameters)
            s.Add(p);
        return s;
    }

    /// <summary>The [Const] parameters of a method and their values, whether or not it is a sound kernel.</summary>
    public static EquatableArray<ListedConstant> ConstantsOf(IMethodSymbol method) => method.Parameters
        .Where(static p => Names.Has(p, Names.Const))
        .Select(static p => new ListedConstant(p.Name, ValuesOf(p).ToEquatable())).ToEquatable();

    private static IEnumerable<int> ValuesOf(IParameterSymbol p) =>
        Names.AttributesOf(p, Names.Const).First().ConstructorArguments is [{ Kind: TypedConstantKind.Array } values]
            ? values.Values.Select(static v => v.Value).OfType<int>() : [];

    private void Add(IParameterSymbol p)
    {
        var place = p.Locations.FirstOrDefault();
        if (Names.Has(p, Names.Const))
        {
            int[] values = ValuesOf(p).ToArray();
            if (values.Length == 0)
                throw new KernelError("KDSL0003", place, p.Name);
            Constants.Add((p, values));
        }
        else if (Names.Has(p, Names.Block))
        {
            if (p.Name is not ("BM" or "BN" or "BK" or "BH"))
                throw new KernelError("KDSL0004", place, p.Name);
            Blocks.Add(p);
        }
        else
        {
            Arguments.Add((p, KindOf(p, out var element), element));
        }
    }

    private static ParameterKind KindOf(IParameterSymbol p, out Element element)
    {
        var place = p.Locations.FirstOrDefault();
        element = Element.I32;
        if (p.RefKind == RefKind.None && p.Type.SpecialType == SpecialType.System_Int32)
            return ParameterKind.Int;
        element = Element.F32;
        if (p.RefKind == RefKind.None && p.Type.SpecialType == SpecialType.System_Single)
            return ParameterKind.Float;
        if (p.Type is INamedTypeSymbol { IsGenericType: true } type && Names.IsOurs(type)
            && Enum.TryParse<ParameterKind>(type.Name, out var kind) && kind is not (ParameterKind.Int or ParameterKind.Float))
        {
            element = Names.ElementOf(type.TypeArguments[0]) ?? throw new KernelError("KDSL0060", place, type.TypeArguments[0].ToDisplayString());
            return kind;
        }
        throw new KernelError("KDSL0002", place, p.Name, p.Type.ToDisplayString());
    }
}
