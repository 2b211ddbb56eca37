using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KernelDsl.Generators.Frontend;

/// <summary>Views, blocks and tiles: properties, loads and stores.</summary>
internal sealed partial class Tracer
{
    private Value Property(IPropertyReferenceOperation property)
    {
        if (property.Instance is null)
            throw new KernelError("KDSL0021", Place(property), property.Syntax.ToString());
        var instance = Evaluate(property.Instance);
        string name = property.Property.Name;
        return instance switch
        {
            ViewValue v when property.Property.IsIndexer => Load(v.View, property.Arguments.Select(a => Evaluate(a.Value)).ToList(), property),
            ViewValue v => Dimension(v.View, name, property),
            BlockValue b => BlockProperty(b, name, property),
            LanesValue { Axis: var axis } when name == "Length" => new ScalarValue(axis.Length),
            TileRef t when name == "T" => TransposeOf(t.Tile),
            TransposedTile t when name == "T" => new TileRef(t.Tile),
            StructValue s when property.Property.GetMethod is { } getter => Inline(getter, s.Instance, [], property),
            _ => throw new KernelError("KDSL0021", Place(property), property.Syntax.ToString()),
        };
    }

    private static Value Dimension(ViewParameter view, string name, IOperation at) => new ScalarValue((view.Kind, name) switch
    {
        (_, "Rows") or (ParameterKind.Weight, "Outputs") => new ViewDim(view.Name, 0),
        (ParameterKind.Weight, "Cols" or "Inputs") => new ViewDim(view.Name, 1),
        (ParameterKind.Paged, "Heads") => new ViewDim(view.Name, 2),
        (ParameterKind.Paged, "Lanes") => new ViewDim(view.Name, 3),
        (_, "Cols") => new ViewDim(view.Name, RankResolver.Last),
        (_, "Length") => new ViewDim(view.Name, 0),
        _ => throw new KernelError("KDSL0021", Place(at), at.Syntax.ToString()),
    });

    private static Value BlockProperty(BlockValue block, string name, IOperation at) => name switch
    {
        "Rows" => new LanesValue(block.Axis, LaneAxis.Rows, block.Start),
        "Cols" => new LanesValue(block.Axis, LaneAxis.Cols, block.Start),
        "Start" => new ScalarValue(block.Start),
        "Length" => new ScalarValue(block.Axis.Length),
        "Count" => new ScalarValue(block.Axis.Live),
        "End" => new ScalarValue(ScalarMath.Add(block.Start, block.Axis.Live)),
        "IsEmpty" => new ScalarValue(ScalarMath.Binary(ScalarOp.LessEqual, block.Axis.Live, 0)),
        _ => throw new KernelError("KDSL0021", Place(at), at.Syntax.ToString()),
    };

    private Value TransposeOf(TileValue tile)
    {
        if (!tile.Rows.IsOne && !tile.Cols.IsOne)
            return new TransposedTile(tile);
        var result = NewTile(tile.Element, tile.Cols, tile.Rows);
        Emit(new Transpose(result, tile));
        return new TileRef(result);
    }

    private Value Load(ViewParameter view, List<Value> indices, IPropertyReferenceOperation at)
    {
        Use(view, indices.Count, at);
        view.Reads = true;
        if (view.Kind == ParameterKind.Out)
            throw new KernelError("KDSL0021", Place(at), $"{at.Syntax} reads an Out view; declare InOut");
        if (!Names.Is(at.Type, "Tile"))
            return view.Element is Element.I32 or Element.F32
                ? new ScalarValue(new ScalarRead(view.Name, indices.Select(i => ScalarOf(i, at)).ToEquatable(), view.Element == Element.F32))
                : throw new KernelError("KDSL0021", Place(at), $"{at.Syntax} reads one {view.Element.ToString().ToLowerInvariant()} as a number; index with Full(1) for a tile");
        var (index, rows, cols) = Index(indices, at);
        var result = NewTile(view.Element, rows, cols);
        Emit(new Load(result, view.Name, index));
        // InOut speaks Tile<float>: the load is widened at once.
        return ElementOf(at.Type!, at) is var element && element != view.Element ? ConvertTo(result, element) : new TileRef(result);
    }

    private void Store(ViewParameter view, List<Value> indices, Value value, IOperation at)
    {
        if (view.Kind is ParameterKind.In or ParameterKind.Weight)
            throw new KernelError("KDSL0081", Place(at), view.Name);
        Use(view, indices.Count, at);
        view.Writes = true;
        var (index, rows, cols) = Index(indices, at);
        var tile = value switch
        {
            TileRef t => t.Tile,
            _ => FloatTile(value, at),
        };
        Fits(tile.Rows, rows, "rows", tile, at);
        Fits(tile.Cols, cols, "columns", tile, at);
        Emit(new Store(view.Name, index, tile));
    }

    private static void Fits(Axis value, Axis target, string what, TileValue tile, IOperation at)
    {
        if (value.IsOne || value.Matches(target))
            return;
        throw value.Length == target.Length
            ? new KernelError("KDSL0041", Place(at), what, value.Id ?? "Full", target.Id ?? "Full")
            : new KernelError("KDSL0049", Place(at), tile.Type, $"{target.Length} {what}");
    }

    private static void Use(ViewParameter view, int rank, IOperation at)
    {
        if (view.Rank != 0 && view.Rank != rank)
            throw new KernelError("KDSL0021", Place(at), $"{at.Syntax} has {rank} indices, but '{view.Name}' was used with {view.Rank}");
        view.Rank = rank;
    }

    /// <summary>Indices as the IR has them, and the axes of the tile they make: with one block it is the columns when last, else the rows.</summary>
    private (EquatableArray<ViewIndex> Indices, Axis Rows, Axis Cols) Index(List<Value> indices, IOperation at)
    {
        var blocks = indices.OfType<BlockValue>().ToList();
        if (blocks.Count > 2)
            throw new KernelError("KDSL0046", Place(at));
        var result = indices.Select(i => i is BlockValue b ? (ViewIndex)new BlockIndex(b.Axis, Named(b.Start)) : new ScalarIndex(Named(ScalarOf(i, at)))).ToEquatable();
        return blocks.Count switch
        {
            0 => (result, Axis.One, Axis.One),
            1 when indices[indices.Count - 1] is BlockValue => (result, Axis.One, blocks[0].Axis),
            1 => (result, blocks[0].Axis, Axis.One),
            _ => (result, blocks[0].Axis, blocks[1].Axis),
        };
    }
}
