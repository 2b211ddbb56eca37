using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Ilgpu;

/// <summary>
/// The Linear layout: the threads of a group form RowThreads x Width; element (r, c) of a tile lives in thread (r mod RowThreads, c mod Width)
/// as its register (r / RowThreads, c / Width). An axis of length 1 is replicated over the threads of its direction.
/// </summary>
internal sealed record Layout(int Threads, int Width)
{
    public int RowThreads => Threads / Width;

    /// <summary>Registers that each thread needs along the rows.</summary>
    public int Rows(Axis axis) => axis.Length == 1 ? 1 : (axis.Length + RowThreads - 1) / RowThreads;

    /// <summary>Registers that each thread needs along the columns.</summary>
    public int Cols(Axis axis) => axis.Length == 1 ? 1 : (axis.Length + Width - 1) / Width;

    public int Registers(TileValue tile) => Rows(tile.Rows) * Cols(tile.Cols);

    /// <summary>Whether several threads hold the same element.</summary>
    public bool Replicates(Axis rows, Axis cols) => (rows.Length == 1 && RowThreads > 1) || (cols.Length == 1 && Width > 1);
}

/// <summary>
/// The layout of every tile of a kernel. Tiles that meet in an elementwise operation, a reduction or a loop share one; a Dot reads its
/// operands through shared memory and a Transpose passes through it, so there layouts may change.
/// </summary>
internal sealed class Layouts
{
    /// <summary>Threads that share a row where a Dot's result is also reduced along its columns: one order of summation for every block of rows.</summary>
    private const int DotRowWidth = 16;

    private readonly Dictionary<string, string> _parent = [];
    private readonly Dictionary<string, Layout> _layouts = [];
    private readonly HashSet<string> _uniform = [];
    private readonly int _threads;

    public Layouts(IReadOnlyList<Op> body, int threads)
    {
        _threads = threads;
        var ops = Walk.All(body).ToList();
        foreach (var fill in ops.OfType<Fill>())
            _uniform.Add(fill.Result.Name);
        foreach (var op in ops)
            Join(op);
        var tiles = ops.SelectMany(TilesOf).Where(t => !_uniform.Contains(t.Name)).GroupBy(t => Root(t.Name));
        foreach (var group in tiles)
            _layouts[group.Key] = new Layout(threads, Width(group.ToList(), ops));
    }

    /// <summary>Whether the tile is a Fill: the same value in every lane, so that it has no registers and fits any layout.</summary>
    public bool IsUniform(TileValue tile) => _uniform.Contains(tile.Name);

    /// <summary>The layout of a tile that is not uniform.</summary>
    public Layout Of(TileValue tile) => _layouts[Root(tile.Name)];

    /// <summary>The layout in which a uniform value is written to a view.</summary>
    public Layout ForColumns(Axis cols) => new(_threads, Math.Min(PowerOfTwo(cols.Length), _threads));

    private void Join(Op op)
    {
        switch (op)
        {
            case Elementwise or Select or Ir.Convert or Reduce:
                foreach (var use in Walk.Uses(op))
                    Join(Walk.Defines(op).First(), use);
                break;
            case BlockLoop or IndexLoop:
                foreach (var c in Walk.CarriedOf(op))
                {
                    Join(c.Value, c.Initial);
                    Join(c.Value, c.Next);
                    Join(c.Value, c.Result);
                }
                break;
        }
    }

    private void Join(TileValue a, TileValue b)
    {
        if (!IsUniform(a) && !IsUniform(b))
            _parent[Root(a.Name)] = Root(b.Name);
    }

    private string Root(string name)
    {
        while (_parent.TryGetValue(name, out string? parent) && parent != name)
            name = parent;
        return name;
    }

    private int Width(List<TileValue> tiles, List<Op> ops)
    {
        var names = new HashSet<string>(tiles.Select(static t => t.Name));
        int columns = Math.Min(PowerOfTwo(tiles.Max(static t => t.Cols.Length)), _threads);
        var dots = ops.OfType<Dot>().Where(d => names.Contains(d.Result.Name)).Select(static d => d.Result).ToList();
        if (dots.Count == 0)
            return columns;
        bool reduced = ops.OfType<Reduce>().Any(r => names.Contains(r.Source.Name));
        return reduced ? Math.Min(columns, DotRowWidth) : Widths(columns).OrderBy(w => dots.Sum(d => Cost(new Layout(_threads, w), d))).First();
    }

    // Multiplications of one step of the contraction, then operands read for them.
    private static long Cost(Layout layout, TileValue dot)
    {
        long rows = layout.Rows(dot.Rows), cols = layout.Cols(dot.Cols);
        return (rows * cols * 4096) + rows + cols;
    }

    private static IEnumerable<int> Widths(int largest)
    {
        for (int width = largest; width >= 1; width /= 2)
            yield return width;
    }

    private static int PowerOfTwo(int n)
    {
        int power = 1;
        while (power < n)
            power *= 2;
        return power;
    }

    private static IEnumerable<TileValue> TilesOf(Op op) =>
        Walk.Defines(op).Concat(Walk.Uses(op)).Concat(Walk.CarriedOf(op).SelectMany(static c => new[] { c.Value, c.Next }));
}
