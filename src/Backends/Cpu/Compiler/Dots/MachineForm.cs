using Iced.Intel;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// An instruction set that dots are assembled for. <see cref="Set"/> is the name in Device/InstructionSet.cs; what follows is all that
/// <see cref="DotAssembler"/> and <see cref="AmxAssembler"/> need to know of it.
/// </summary>
/// <param name="Set">The instruction set.</param>
/// <param name="Lanes">Floats in a register's row.</param>
/// <param name="Registers">Vector registers, or tiles.</param>
/// <param name="MostRows">Rows of the tallest shape.</param>
/// <param name="Tiles">Most accumulators of 16 floats a row; the registers that are left feed them.</param>
/// <param name="MultipliesPairs">Whether bf16 panels are multiplied by rows of bf16 pairs (vdpbf16ps), or widened and multiplied by floats.</param>
internal sealed record MachineForm(string Set, int Lanes, int Registers, int MostRows, int Tiles, bool MultipliesPairs)
{
    /// <summary>AVX2 and FMA: 12 accumulators of 8 floats, 2 registers of panel, 1 of row, 1 of mask.</summary>
    public static MachineForm Avx2 { get; } = new("Avx2", Lanes: 8, Registers: 16, MostRows: 6, Tiles: 6, MultipliesPairs: false);

    /// <summary>AVX-512 in float.</summary>
    public static MachineForm Avx512 { get; } = new("Avx512", Lanes: 16, Registers: 32, MostRows: 8, Tiles: 24, MultipliesPairs: false);

    /// <summary>AVX-512 with bf16 dot products.</summary>
    public static MachineForm Avx512Bf16 { get; } = Avx512 with { Set = "Avx512Bf16", MultipliesPairs = true };

    /// <summary>AMX: 4 accumulators of 16 rows, 1 or 2 tiles of rows, 2 or 3 of panels.</summary>
    public static MachineForm Amx { get; } = new("Amx", Lanes: 16, Registers: 8, MostRows: 32, Tiles: 4, MultipliesPairs: true) { TileRows = AmxAssembler.TileRows };

    /// <summary>Every form, least first.</summary>
    public static IReadOnlyList<MachineForm> All { get; } = [Avx2, Avx512, Avx512Bf16, Amx];

    /// <summary>Rows of an accumulator: of a tile many.</summary>
    public int TileRows { get; init; } = 1;

    /// <summary>Whether accumulators are tiles, not vectors.</summary>
    public bool IsTiled => TileRows > 1;

    /// <summary>Registers that hold 16 floats a row.</summary>
    public int Parts => 16 / Lanes;

    /// <summary>Shapes to assemble. Panels of floats are multiplied as floats whatever bf16 panels are.</summary>
    public IEnumerable<MicroKernel> Shapes =>
        from widened in MultipliesPairs ? [false] : new[] { false, true }
        from rows in Enumerable.Range(1, MostRows)
        from panels in Enumerable.Range(1, Math.Min(MicroKernel.MaxPanels, Tiles / Accumulators(rows)))
        select new MicroKernel(rows, panels, 2, widened);

    /// <summary>Accumulators of so many rows by a panel.</summary>
    public int Accumulators(int rows) => (rows + TileRows - 1) / TileRows;

    /// <summary>Member of Device/PanelFormat that a shape's panels have.</summary>
    public string Format(MicroKernel kernel) => IsTiled ? "Bf16Tiles" : kernel.Format;

    /// <summary>The instructions of one shape.</summary>
    public IReadOnlyList<Instruction> Assemble(MicroKernel kernel) => IsTiled ? AmxAssembler.Assemble(this, kernel) : DotAssembler.Assemble(this, kernel);
}
