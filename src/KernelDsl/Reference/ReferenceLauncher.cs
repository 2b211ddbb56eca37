namespace KernelDsl;

/// <summary>
/// Runs a kernel as the plain C# it is, one program after another on the calling thread: the meaning of the kernel, and its debugger.
/// <code>ReferenceLauncher.Run(() => Norm.RmsNorm(x, weight, y, 1e-6f, BM: 2, BK: 32));</code>
/// </summary>
public static class ReferenceLauncher
{
    /// <summary>Runs every program of the grid; the extents are learned from the first program.</summary>
    /// <param name="kernel">A call of the kernel's method.</param>
    /// <returns>Programs along x, y and z; all zero when the kernel asked for an empty axis.</returns>
    /// <exception cref="KernelException">What the kernel does is not legal; the message says what and where.</exception>
    public static (int X, int Y, int Z) Run(Action kernel)
    {
        var grid = new int[3];
        try
        {
            Program.Run(kernel, [0, 0, 0], grid);
        }
        catch (EmptyGridException)
        {
            return default;
        }
        var (x, y, z) = (Math.Max(grid[0], 1), Math.Max(grid[1], 1), Math.Max(grid[2], 1));
        for (int program = 1; program < x * y * z; program++)
            Program.Run(kernel, [program % x, program / x % y, program / x / y], grid);
        return (x, y, z);
    }
}

/// <summary>The program at hand: its indices, and the identities of its grid axes.</summary>
internal sealed class Program
{
    private static readonly string[] Names = ["Grid.X", "Grid.Y", "Grid.Z"];

    [ThreadStatic]
    private static Program? _current;

    private readonly int[] _index, _grid;
    private readonly (int Extent, int Block)?[] _asked = new (int, int)?[3];
    private readonly AxisId[] _axes = [.. Names.Select(static n => new AxisId(n))];

    private Program(int[] index, int[] grid) => (_index, _grid) = (index, grid);

    public static Program Current => _current
        ?? throw new KernelException("Grid is known only inside a launch: call ReferenceLauncher.Run(() => Kernel(...))");

    /// <param name="grid">Programs per axis, filled as axes are asked for; 0 where none has been.</param>
    public static void Run(Action kernel, int[] index, int[] grid)
    {
        var outer = _current;
        _current = new Program(index, grid);
        try
        {
            kernel();
        }
        finally
        {
            _current = outer;
        }
    }

    public int Index(int axis, int extent)
    {
        Ask(axis, extent, 1);
        return _index[axis];
    }

    public Block Block(int axis, int extent, int block)
    {
        if (block < 1) throw new KernelException($"KDSL0044: {Names[axis]}({extent}, {block}): a block size is at least 1");
        Ask(axis, extent, block);
        int start = _index[axis] * block;
        return new(start, block, Math.Min(block, extent - start), _axes[axis]);
    }

    private void Ask(int axis, int extent, int block)
    {
        if (extent < 0) throw new KernelException($"{Names[axis]}({extent}): an extent is not negative");
        if (_asked[axis] is { } before && before != (extent, block))
            throw new KernelException($"KDSL0027: {Names[axis]} is used twice with different extents: {before.Extent} by {before.Block}, {extent} by {block}");
        _asked[axis] = (extent, block);
        if (extent == 0) throw new EmptyGridException();

        int programs = Tile.CeilDiv(extent, block);
        if (_grid[axis] == 0 && _index.All(static i => i == 0)) _grid[axis] = programs;
        if (_grid[axis] != programs)
            throw new KernelException($"KDSL0026: the grid may depend on parameters only; {Names[axis]} has {_grid[axis]} programs in the first and {programs} in another");
    }
}

/// <summary>A grid axis has no programs, so the launch does nothing.</summary>
internal sealed class EmptyGridException : Exception;
