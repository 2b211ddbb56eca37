using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;

namespace KernelDsl.Generators.Backends.Ilgpu;

/// <summary>Registers of tiles, the positions they stand for, and the memory they are read from and written to.</summary>
internal sealed partial class CudaLowering
{
    /// <summary>The register, or uniform expression, that holds element (i, j) of this thread; axes of one register broadcast.</summary>
    private string Register(TileValue tile, int i, int j) => _registers[tile.Name](i, j);

    private Layout LayoutOf(TileValue tile) => _layouts.IsUniform(tile) ? _layouts.ForColumns(tile.Cols) : _layouts.Of(tile);

    /// <summary>Names a tile's registers.</summary>
    private void Name(TileValue tile, string? name = null)
    {
        var layout = _layouts.Of(tile);
        bool rows = layout.Rows(tile.Rows) > 1, cols = layout.Cols(tile.Cols) > 1;
        name ??= Identifier.Of(tile.Name);
        _registers[tile.Name] = (i, j) => $"{name}{(rows ? $"_{i}" : "")}{(cols ? $"_{j}" : "")}";
    }

    /// <summary>Names a tile's registers and declares them with initial values.</summary>
    private void Define(TileValue tile, Func<int, int, string> initial)
    {
        Name(tile);
        foreach (string line in Elements(tile, (i, j) => $"{DeviceType.Register(tile.Element)} {Register(tile, i, j)} = {initial(i, j)};"))
            _code.Line(line);
    }

    /// <summary>A Fill's value as an expression of the tile's register type.</summary>
    private void DefineUniform(Fill fill)
    {
        string value = fill.Value is IntConst constant && fill.Result.Element != Element.I32 ? ScalarText.Float(constant.Value) : Atom(fill.Value);
        if (fill.Value is not (IntConst or FloatConst) && !fill.Value.IsFloat && fill.Result.Element != Element.I32) value = $"(float){value}";
        _registers[fill.Result.Name] = (_, _) => value;
    }

    /// <summary>The row of the tile that register i of this thread stands for.</summary>
    private string Row(Layout layout, Axis rows, int i) =>
        rows.Length == 1 ? "0" : layout.RowThreads == 1 ? $"{i}" : Position($"row{Use(layout)}", i * layout.RowThreads);

    /// <summary>The column of the tile that register j of this thread stands for.</summary>
    private string Col(Layout layout, Axis cols, int j) =>
        cols.Length == 1 ? "0" : layout.Width == 1 ? $"{j}" : Position($"col{Use(layout)}", j * layout.Width);

    private int Use(Layout layout)
    {
        _widths.Add(layout.Width);
        return layout.Width;
    }

    private static string Position(string thread, int offset) => offset == 0 ? thread : $"({thread} + {offset})";

    /// <summary>The conditions under which a position is a live lane; none when it always is.</summary>
    private IEnumerable<string> Live(Axis axis, string position, int registers, int threads)
    {
        if (!axis.IsFull) yield return $"({position} < {Atom(axis.Live)})";
        else if (axis.Length > 1 && registers * threads > axis.Length) yield return $"({position} < {axis.Length})";
    }

    private string? LiveLane(Layout layout, Axis rows, Axis cols, int i, int j) => All(
        Live(rows, Row(layout, rows, i), layout.Rows(rows), layout.RowThreads).Concat(Live(cols, Col(layout, cols, j), layout.Cols(cols), layout.Width)));

    /// <summary>Live lanes, each from one of the threads that hold it.</summary>
    private string? OwnLane(Layout layout, Axis rows, Axis cols, int i, int j) => All(
        Live(rows, Row(layout, rows, i), layout.Rows(rows), layout.RowThreads).Concat(Live(cols, Col(layout, cols, j), layout.Cols(cols), layout.Width))
            .Concat(OneOf(layout, rows, cols)));

    private IEnumerable<string> OneOf(Layout layout, Axis rows, Axis cols)
    {
        if (rows.Length == 1 && layout.RowThreads > 1) yield return $"(row{Use(layout)} == 0)";
        if (cols.Length == 1 && layout.Width > 1) yield return $"(col{Use(layout)} == 0)";
    }

    private static string? All(IEnumerable<string> conditions) => string.Join(" & ", conditions) is { Length: > 0 } all ? all : null;

    /// <summary>Where a view's indices place the tile: the uniform part by name, then what rows and columns add.</summary>
    private sealed record Place(string View, string Base, string RowStep, string ColStep)
    {
        public string At(string row, string col) => $"{ScalarText.Data(View)}[{Base}{Step(row, RowStep)}{Step(col, ColStep)}]";

        private static string Step(string position, string step) => position == "0" ? "" : step == "1" ? $" + {position}" : $" + {position} * {step}";
    }

    private Place PlaceOf(string view, EquatableArray<ViewIndex> indices)
    {
        string StrideOf(int d) => d == indices.Count - 1 ? "1" : StrideName(view, d);
        var (rows, cols) = BlocksOf(indices);
        string offset = ScalarText.Offset(indices.Select(static i => ScalarText.Of(i is BlockIndex b ? b.Start : ((ScalarIndex)i).Value)).ToList(), StrideOf);
        return new Place(view, Named(offset, "long"), rows < 0 ? "1" : StrideOf(rows), cols < 0 ? "1" : StrideOf(cols));
    }

    // A weight is row-major on this target: its rows are as long as its second dimension.
    private string StrideName(string view, int d) =>
        _kernel.ParameterOf(view).Kind == ParameterKind.Weight ? $"(long){ScalarText.Dim(view, 1)}" : ScalarText.Stride(view, d);

    /// <summary>Which indices are the tile's rows and columns; -1 for none. One block is the columns when last, else the rows.</summary>
    private static (int Rows, int Cols) BlocksOf(EquatableArray<ViewIndex> indices)
    {
        var blocks = Enumerable.Range(0, indices.Count).Where(d => indices[d] is BlockIndex).ToList();
        return blocks.Count switch
        {
            0 => (-1, -1),
            1 => blocks[0] == indices.Count - 1 ? (-1, blocks[0]) : (blocks[0], -1),
            _ => (blocks[0], blocks[1]),
        };
    }

    /// <summary>The axes that a store covers.</summary>
    private static (Axis Rows, Axis Cols) AxesOf(EquatableArray<ViewIndex> indices)
    {
        var (rows, cols) = BlocksOf(indices);
        return (rows < 0 ? Axis.One : ((BlockIndex)indices[rows]).Axis, cols < 0 ? Axis.One : ((BlockIndex)indices[cols]).Axis);
    }

    private static string Widen(Element element, string storage) => element == Element.BF16 ? $"Bf16.Load({storage})" : storage;

    private static string Narrow(Element element, string register) => element switch
    {
        Element.BF16 => $"Bf16.Store({register})",
        Element.I32 => $"(int){register}",
        _ => register,
    };

    private static string Zero(Element element) => element == Element.I32 ? "0" : "0f";
}
