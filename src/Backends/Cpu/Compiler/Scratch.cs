using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>A range of a worker's scratch memory, in floats. Vectors may run past a tile's columns up to the row's stride.</summary>
internal sealed record ScratchBuffer(string Name, int Offset, int Floats, int RowStride);

/// <summary>Hands out a program's scratch memory. Offsets are multiples of a vector.</summary>
internal sealed class Scratch
{
    private readonly Dictionary<string, ScratchBuffer> _ofTile = [];
    private readonly List<ScratchBuffer> _buffers = [];
    private int _floats;

    /// <summary>All buffers in order of allocation.</summary>
    public IReadOnlyList<ScratchBuffer> Buffers => _buffers;

    /// <summary>Bytes a program needs.</summary>
    public int Bytes => _floats * sizeof(float);

    /// <summary>Where a tile lies.</summary>
    public ScratchBuffer this[TileValue tile] => _ofTile[tile.Name];

    /// <summary>Whether a tile has a place.</summary>
    public bool Holds(TileValue tile) => _ofTile.ContainsKey(tile.Name);

    /// <summary>A place of its own for a tile.</summary>
    public ScratchBuffer Place(TileValue tile)
    {
        int stride = Shapes.Of(tile) == Shape.Column ? 1 : RowStride(tile.Cols.Length);
        int floats = Shapes.Of(tile) == Shape.Column ? Padded(tile.Rows.Length) : tile.Rows.Length * stride;
        return _ofTile[tile.Name] = Allocate(Names.Identifier(tile.Name) + "Tile", floats, stride);
    }

    /// <summary>Puts a tile where another lies.</summary>
    public void Share(TileValue tile, ScratchBuffer buffer) => _ofTile[tile.Name] = buffer;

    /// <summary>Memory that is no tile.</summary>
    public ScratchBuffer Allocate(string name, int floats, int rowStride)
    {
        var buffer = new ScratchBuffer(name, _floats, Padded(floats), rowStride);
        _buffers.Add(buffer);
        _floats += buffer.Floats;
        return buffer;
    }

    /// <summary>Row stride of a tile: whole vectors, and no power of two that would map all rows to the same cache sets.</summary>
    public static int RowStride(int columns) => Padded(columns) is var padded && padded % 256 == 0 ? padded + 16 : padded;

    private static int Padded(int floats) => (floats + 15) & -16;
}
