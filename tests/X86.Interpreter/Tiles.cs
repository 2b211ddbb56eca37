using System.Buffers.Binary;

namespace KernelDsl.X86Interpreter;

/// <summary>The tile registers of AMX and their configuration: palette 1, eight tiles of at most 16 rows of 64 bytes.</summary>
public sealed class Tiles
{
    /// <summary>Tile registers, the most rows of one, and the most bytes of a row.</summary>
    public const int Count = 8, MostRows = 16, MostRowBytes = 64;

    /// <summary>Bytes of a configuration in memory.</summary>
    public const int ConfigurationBytes = 64;

    // Of the configuration in memory: palette, row to go on from, 14 bytes of zero, words, zeros, bytes, zeros.
    private const int StartRowAt = 1, RowBytesAt = 16, RowsAt = 48;

    private readonly byte[] _configuration = new byte[ConfigurationBytes];
    private readonly byte[] _data = new byte[Count * MostRows * MostRowBytes];

    /// <summary>Whether a configuration was loaded and not released.</summary>
    public bool Configured => _configuration[0] != 0;

    /// <summary>The row that an interrupted load or store goes on from.</summary>
    public int StartRow
    {
        get => _configuration[StartRowAt];
        internal set => _configuration[StartRowAt] = (byte)value;
    }

    /// <summary>As sttilecfg stores it: zeros where there is none.</summary>
    public ReadOnlySpan<byte> Configuration => _configuration;

    /// <summary>Rows of a tile; 0: it may not be used.</summary>
    public int Rows(int tile) => _configuration[RowsAt + tile];

    /// <summary>Bytes of its rows.</summary>
    public int RowBytes(int tile) => RowBytes(_configuration, tile);

    /// <summary>The 64 bytes of a row, configured or not.</summary>
    public Span<byte> Row(int tile, int row) => _data.AsSpan(((tile * MostRows) + row) * MostRowBytes, MostRowBytes);

    /// <summary>Writes a row and clears the bytes behind.</summary>
    internal void WriteRow(int tile, int row, ReadOnlySpan<byte> value)
    {
        var bytes = Row(tile, row);
        value.CopyTo(bytes);
        bytes[value.Length..].Clear();
    }

    /// <summary>Clears the rows from one on.</summary>
    internal void ClearRows(int tile, int from)
    {
        for (int r = from; r < MostRows; r++)
            Row(tile, r).Clear();
    }

    /// <summary>What ldtilecfg does: takes a configuration and zeroes all tiles. False where a processor faults; then nothing is changed.</summary>
    internal bool Configure(ReadOnlySpan<byte> memory)
    {
        if (memory[0] == 0)
        {
            Release();
            return true;
        }

        bool zeros = !memory[2..RowBytesAt].ContainsAnyExcept((byte)0) && !memory[(RowBytesAt + (2 * Count))..RowsAt].ContainsAnyExcept((byte)0)
            && !memory[(RowsAt + Count)..].ContainsAnyExcept((byte)0);
        bool valid = memory[0] == 1 && zeros;
        for (int t = 0; t < Count; t++)
        {
            int rows = memory[RowsAt + t], bytes = RowBytes(memory, t);
            valid &= rows <= MostRows && bytes <= MostRowBytes && rows == 0 == (bytes == 0);
        }

        if (!valid)
            return false;
        memory.CopyTo(_configuration);
        _data.AsSpan().Clear();
        return true;
    }

    /// <summary>What tilerelease does, and how a function finds them.</summary>
    internal void Release()
    {
        _configuration.AsSpan().Clear();
        _data.AsSpan().Clear();
    }

    private static int RowBytes(ReadOnlySpan<byte> configuration, int tile) => BinaryPrimitives.ReadUInt16LittleEndian(configuration[(RowBytesAt + (2 * tile))..]);
}
