using KernelDsl.Generators.Ir;
using Microsoft.CodeAnalysis;

namespace KernelDsl.Generators.Frontend;

/// <summary>What an expression of a kernel can denote while it is traced.</summary>
internal abstract record Value;

/// <summary>Nothing: a call for its effect.</summary>
internal sealed record VoidValue : Value
{
    public static VoidValue Instance { get; } = new();
}

/// <summary>A uniform int, float or condition.</summary>
internal sealed record ScalarValue(Scalar Scalar) : Value
{
    /// <summary>The value, when it is a compile-time int.</summary>
    public int? Constant => Scalar is IntConst c ? c.Value : null;
}

/// <summary>A float turned into a tile by conversion: a scalar operand where it is combined, a [1, 1] tile where it is kept.</summary>
internal sealed record SplatValue(Scalar Scalar) : Value;

/// <summary>A block: an axis and where it starts.</summary>
internal sealed record BlockValue(Axis Axis, Scalar Start) : Value;

/// <summary>Blocks(from, to, size).</summary>
internal sealed record BlocksValue(Scalar From, Scalar To, int Length) : Value;

/// <summary>Lane indices of a block along rows or columns.</summary>
internal sealed record LanesValue(Axis Axis, LaneAxis Along, Scalar Offset) : Value;

/// <summary>A comparison of lane indices.</summary>
internal sealed record MaskValue(Mask Mask, Axis Rows, Axis Cols) : Value;

/// <summary>An SSA tile.</summary>
internal sealed record TileRef(TileValue Tile) : Value;

/// <summary>The transpose of a tile that is neither row nor column: only a Dot may use it.</summary>
internal sealed record TransposedTile(TileValue Tile) : Value;

/// <summary>A view parameter.</summary>
internal sealed record ViewValue(ViewParameter View) : Value;

/// <summary>An instance of an [Inline] struct.</summary>
internal sealed record StructValue(InlineStruct Instance) : Value;

/// <summary>What tracing learns about a view parameter.</summary>
internal sealed class ViewParameter(string name, ParameterKind kind, Element element, Location? location)
{
    public string Name => name;

    public ParameterKind Kind => kind;

    public Element Element => element;

    public Location? Location => location;

    /// <summary>Number of indices it is used with; 0 until the first use.</summary>
    public int Rank { get; set; }

    public bool Reads { get; set; }

    public bool Writes { get; set; }
}

/// <summary>Fields and captured constructor parameters of an [Inline] struct, by symbol.</summary>
internal sealed class InlineStruct(INamedTypeSymbol type)
{
    public INamedTypeSymbol Type => type;

    public Dictionary<ISymbol, Value> Fields { get; } = new(SymbolEqualityComparer.Default);

    /// <summary>A struct is a value: assigning it copies it.</summary>
    public InlineStruct Clone()
    {
        var copy = new InlineStruct(Type);
        foreach (var f in Fields)
            copy.Fields[f.Key] = f.Value;
        return copy;
    }
}
