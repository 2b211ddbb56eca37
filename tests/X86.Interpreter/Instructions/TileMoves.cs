using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>AMX-TILE: the configuration, loads and stores of tiles.</summary>
internal static unsafe class TileMoves
{
    public static IReadOnlyDictionary<Mnemonic, Handler> Table { get; } = new Dictionary<Mnemonic, Handler>
    {
        [Mnemonic.Ldtilecfg] = static (p, in i) =>
        {
            if (!p.Registers.Tiles.Configure(new ReadOnlySpan<byte>(p.At(p.AddressOf(i), Tiles.ConfigurationBytes, write: false), Tiles.ConfigurationBytes)))
                throw p.Fault(FaultKind.InvalidTile, "not a configuration");
        },
        [Mnemonic.Sttilecfg] = static (p, in i) =>
            p.Registers.Tiles.Configuration.CopyTo(new Span<byte>(p.At(p.AddressOf(i), Tiles.ConfigurationBytes, write: true), Tiles.ConfigurationBytes)),
        [Mnemonic.Tilerelease] = static (p, in _) => p.Registers.Tiles.Release(),
        [Mnemonic.Tilezero] = static (p, in i) =>
        {
            p.Registers.Tiles.ClearRows(Usable(p, i, 0), 0);
            p.Registers.Tiles.StartRow = 0;
        },
        [Mnemonic.Tileloadd] = Load,
        // The hint that the rows will not be read again changes nothing here.
        [Mnemonic.Tileloaddt1] = Load,
        [Mnemonic.Tilestored] = static (p, in i) =>
        {
            var tiles = p.Registers.Tiles;
            int tile = Usable(p, i, 1), bytes = tiles.RowBytes(tile);
            for (int r = tiles.StartRow; r < tiles.Rows(tile); r++)
                tiles.Row(tile, r)[..bytes].CopyTo(new Span<byte>(p.At(AddressOfRow(p, i, r), bytes, write: true), bytes));
            tiles.StartRow = 0;
        },
    };

    /// <summary>The number of a tile operand that is configured; anything else faults.</summary>
    public static int Usable(Processor p, in Instruction i, int operand)
    {
        int tile = i.GetOpRegister(operand).GetNumber();
        return p.Registers.Tiles.Rows(tile) > 0 ? tile : throw p.Fault(FaultKind.InvalidTile, $"tmm{tile} is not configured");
    }

    private static void Load(Processor p, in Instruction i)
    {
        var tiles = p.Registers.Tiles;
        int tile = Usable(p, i, 0), bytes = tiles.RowBytes(tile);
        for (int r = tiles.StartRow; r < tiles.Rows(tile); r++)
            tiles.WriteRow(tile, r, new ReadOnlySpan<byte>(p.At(AddressOfRow(p, i, r), bytes, write: false), bytes));
        tiles.ClearRows(tile, tiles.Rows(tile));
        tiles.StartRow = 0;
    }

    /// <summary>The scaled index is the distance of rows, not a part of the address.</summary>
    private static ulong AddressOfRow(Processor p, in Instruction i, int row)
    {
        ulong stride = i.MemoryIndex == Register.None ? 0 : p.Registers.General(i.MemoryIndex) * (ulong)i.MemoryIndexScale;
        return p.AddressOf(i) + (stride * (ulong)(row - 1L));
    }
}
