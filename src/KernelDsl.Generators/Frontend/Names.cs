using KernelDsl.Generators.Ir;
using Microsoft.CodeAnalysis;

namespace KernelDsl.Generators.Frontend;

/// <summary>Metadata names of the language: the generator knows KernelDsl by these only.</summary>
internal static class Names
{
    public const string KernelAttribute = "KernelDsl.KernelAttribute";
    public const string Kernel = "KernelAttribute";
    public const string Inline = "InlineAttribute";
    public const string Const = "ConstAttribute";
    public const string Block = "BlockAttribute";
    public const string Schedule = "ScheduleAttribute";
    private const string Namespace = "KernelDsl";

    /// <summary>Whether the type is the language's type of that name.</summary>
    public static bool Is(ITypeSymbol? type, string name) => type is not null && type.Name == name && IsOurs(type);

    /// <summary>Whether the type belongs to the language.</summary>
    public static bool IsOurs(ITypeSymbol type) => type.ContainingNamespace is { Name: Namespace, ContainingNamespace.IsGlobalNamespace: true };

    /// <summary>Whether the symbol carries an attribute of the language.</summary>
    public static bool Has(ISymbol symbol, string attribute) => AttributesOf(symbol, attribute).Any();

    /// <summary>The attributes of the language with that name.</summary>
    public static IEnumerable<AttributeData> AttributesOf(ISymbol symbol, string attribute) =>
        symbol.GetAttributes().Where(a => Is(a.AttributeClass, attribute));

    /// <summary>The element type of a view's or tile's type argument, or null.</summary>
    public static Element? ElementOf(ITypeSymbol type) => (type.SpecialType, type.Name) switch
    {
        (SpecialType.System_Single, _) => Element.F32,
        (SpecialType.System_Int32, _) => Element.I32,
        (_, "BFloat16") => Element.BF16,
        (_, "Half") => Element.F16,
        _ => null,
    };
}
