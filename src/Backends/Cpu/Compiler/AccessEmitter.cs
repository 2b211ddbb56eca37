using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>Prints loads and stores of views inside a nest. Plain views go through a pointer per row, packed ones through the device library.</summary>
internal sealed class AccessEmitter(Kernel kernel, Space space)
{
    private readonly Dictionary<string, string> _pointers = [];

    /// <summary>Declarations of the pointers that do not move with the row.</summary>
    public List<string> Pointers { get; } = [];

    /// <summary>Declarations of the pointers that do, at the start of a row.</summary>
    public List<string> RowPointers { get; } = [];

    /// <summary>What is left to do at the end of a row.</summary>
    public List<string> RowEnds { get; } = [];

    /// <summary>Lanes that a store into a cache has of each vector (position and head), from the first on; 0 where they are not its columns.</summary>
    public static int WholeLanes(Store store) =>
        store.Indices[3] is BlockIndex { Start: IntConst { Value: 0 }, Axis.IsFull: true } lanes ? lanes.Axis.Length : 0;

    /// <summary>A vector of a view as the given shape of this nest.</summary>
    public string Load(Load load, Shape shape, string row, string left)
    {
        var view = kernel.ParameterOf(load.View);
        int rowIndex = -1, vectorIndex = -1;
        FindBlocks(load.Indices, shape, ref rowIndex, ref vectorIndex);
        if (view.Kind is ParameterKind.Weight or ParameterKind.Paged)
        {
            if (vectorIndex < 0)
                (vectorIndex, left) = (load.Indices.Count - 1, "1");
            string call = Packed(view, load.Indices, rowIndex, vectorIndex, row);
            return view.Kind == ParameterKind.Weight ? $"Panels.LoadWeight({call}, {left})" : $"Panels.LoadPaged({call}, {left})";
        }

        string pointer = Pointer(view, load.Indices, rowIndex, row);
        if (vectorIndex < 0)
            return view.Element == Element.I32 ? $"Vector512.Create(*{pointer})" : $"Simd.Splat({pointer})";
        return vectorIndex == load.Indices.Count - 1
            ? $"Simd.Load({pointer} + i{(left == "Simd.Lanes" ? "" : $", {left}")})"
            : $"Simd.LoadStrided({pointer} + (i * {ScalarText.StrideLocal(view.Name, vectorIndex)}), {ScalarText.StrideLocal(view.Name, vectorIndex)}, {left})";
    }

    /// <summary>A statement that stores a vector.</summary>
    public string Store(Store store, string register, string row, string left)
    {
        var view = kernel.ParameterOf(store.View);
        int rowIndex = -1, vectorIndex = -1;
        var blocks = store.Indices.OfType<BlockIndex>().Count();
        FindBlocks(store.Indices, blocks == 2 ? Shape.Full : blocks == 0 ? Shape.Scalar : space.Along == LaneAxis.Rows ? Shape.Column : Shape.Row, ref rowIndex, ref vectorIndex);
        if (vectorIndex < 0)
            left = "1";
        if (view.Kind == ParameterKind.Weight)
            throw new LoweringException("KDSL0081", view.Name);
        if (view.Kind == ParameterKind.Paged && WholeLanes(store) is > 0 and int lanes)
            return $"Simd.Store({register}, {Vector(view, store.Indices, lanes, rowIndex, row)} + i, {left});";
        if (view.Kind == ParameterKind.Paged)
            return $"Panels.StorePaged({register}, {Packed(view, store.Indices, rowIndex, vectorIndex < 0 ? 3 : vectorIndex, row)}, {left});";
        string pointer = Pointer(view, store.Indices, rowIndex, row);
        if (view.Element == Element.I32 != (store.Value.Element == Element.I32))
            throw LoweringException.NotLowered($"a store of {store.Value.Element} to '{view.Name}', which holds {view.Element}");
        return vectorIndex < 0 || vectorIndex == store.Indices.Count - 1
            ? $"Simd.Store({register}, {pointer}{(vectorIndex < 0 ? "" : " + i")}, {left});"
            : $"Simd.StoreStrided({register}, {pointer} + (i * {ScalarText.StrideLocal(view.Name, vectorIndex)}), {ScalarText.StrideLocal(view.Name, vectorIndex)}, {left});";
    }

    /// <summary>C# element type of a view in memory; bf16 has none and is read as its bits.</summary>
    public static string TypeOf(Element element) => element switch
    {
        Element.BF16 => "ushort",
        Element.F16 => "Half",
        Element.I32 => "int",
        _ => "float",
    };

    /// <summary>Which index follows the nest's rows and which its vectors; -1 for none.</summary>
    private void FindBlocks(IReadOnlyList<ViewIndex> indices, Shape shape, ref int rowIndex, ref int vectorIndex)
    {
        var blocks = Enumerable.Range(0, indices.Count).Where(i => indices[i] is BlockIndex).ToList();
        if (blocks.Count == 2)
        {
            (rowIndex, vectorIndex) = (blocks[0], blocks[1]);
        }
        else if (blocks.Count == 1)
        {
            if (shape == Shape.Column && space.Rows is not null)
                rowIndex = blocks[0];
            else if (shape != Shape.Scalar)
                vectorIndex = blocks[0];
        }
    }

    /// <summary>The pointer of a plain view at the current row; the vector's own offset is not in it.</summary>
    private string Pointer(Parameter view, IReadOnlyList<ViewIndex> indices, int rowIndex, string row)
    {
        var text = indices.Select((index, d) => index switch
        {
            ScalarIndex s => ScalarText.Of(s.Value),
            BlockIndex b when d == rowIndex => $"({ScalarText.Of(b.Start)} + {row})",
            BlockIndex b => ScalarText.Of(b.Start),
            _ => throw LoweringException.NotLowered(index.GetType().Name),
        }).ToList();
        string address = $"{ScalarText.DataLocal(view.Name)} + {ScalarText.Offset(view.Name, text)}";
        if (!_pointers.TryGetValue(address, out string pointer))
        {
            _pointers[address] = pointer = $"{view.Name}{(rowIndex < 0 ? "" : "Row")}{_pointers.Count}";
            (rowIndex < 0 ? Pointers : RowPointers).Add($"{TypeOf(view.Element)}* {pointer} = {address};");
        }

        return pointer;
    }

    /// <summary>Memory for a row that is a whole vector of a cache: its page takes it when it is complete.</summary>
    private string Vector(Parameter view, IReadOnlyList<ViewIndex> indices, int lanes, int rowIndex, string row)
    {
        string memory = $"{view.Name}Vector{RowEnds.Count}";
        Pointers.Add($"ushort* {memory} = stackalloc ushort[{(lanes + 15) & -16}];");
        RowEnds.Add($"Panels.StoreVector({memory}, {lanes}, {ScalarText.ArgumentLocal(view.Name)}, {string.Join(", ", Places(indices.Take(3), rowIndex, row))});");
        return memory;
    }

    private static IEnumerable<string> Places(IEnumerable<ViewIndex> indices, int rowIndex, string row) => indices.Select((index, d) => (index switch
    {
        ScalarIndex s => ScalarText.Of(s.Value),
        BlockIndex b => ScalarText.Of(b.Start),
        _ => throw LoweringException.NotLowered(index.GetType().Name),
    }) + (d == rowIndex ? $" + {row}" : ""));

    private static string Packed(Parameter view, IReadOnlyList<ViewIndex> indices, int rowIndex, int vectorIndex, string row)
    {
        if (view.Kind == ParameterKind.Paged && vectorIndex == 0)
            throw LoweringException.NotLowered($"a block of sequences of '{view.Name}'");
        var text = Places(indices, rowIndex, row).Select((place, d) => d != rowIndex && d == vectorIndex && indices[d] is BlockIndex ? place + " + i" : place);
        return $"{ScalarText.ArgumentLocal(view.Name)}, {string.Join(", ", text)}, {vectorIndex}";
    }
}
