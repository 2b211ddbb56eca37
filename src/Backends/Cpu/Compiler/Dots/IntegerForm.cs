namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>A shape of integer dots: rows of activation blocks by panels of a quantised weight (Device/QuantisedPanels.cs).</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Panels">Panels of 16 outputs.</param>
/// <param name="Int4">Whether the weight has 4 bits, else 8.</param>
/// <param name="Zeros">Whether its groups have zero points.</param>
internal sealed record IntegerKernel(int Rows, int Panels, bool Int4, bool Zeros)
{
    /// <summary>Member name: Int4ZerosR2P1.</summary>
    public string Name => $"{(Int4 ? "Int4" : "Int8")}{(Zeros ? "Zeros" : "")}R{Rows}P{Panels}";
}

/// <summary>A shape of integer dots over one panel of 16 outputs that was unpacked for many rows (Device/WidePanels.cs).</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Int4">Whether the weight has 4 bits, unpacked to bytes, else 8, widened to words.</param>
/// <param name="Zeros">Whether its blocks have zero points; those of 4 bits always do.</param>
internal sealed record WideKernel(int Rows, bool Int4, bool Zeros)
{
    /// <summary>Member name: WideInt8ZerosR2.</summary>
    public string Name => $"Wide{(Int4 ? "Int4" : "Int8")}{(Zeros ? "Zeros" : "")}R{Rows}";
}

/// <summary>An instruction set that integer dots are assembled for.</summary>
/// <param name="Set">Prefix of names.</param>
/// <param name="Lanes">Dwords in a vector register.</param>
/// <param name="Registers">Vector registers.</param>
/// <param name="MostRows">Rows of the tallest shape.</param>
/// <param name="MostPanels">Panels of the widest.</param>
/// <param name="Dots">Whether there is an instruction for four products and their sum (vpdpbusd).</param>
/// <param name="MostWideRows">Rows of the tallest shape over unpacked panels; 0: many rows gain nothing from unpacking.</param>
internal sealed record IntegerForm(string Set, int Lanes, int Registers, int MostRows, int MostPanels, bool Dots, int MostWideRows = 0)
{
    /// <summary>AVX2: products of bytes in pairs, whose signs and masks take as long again: many rows multiply what was unpacked once. Three rows fill the registers, or six.</summary>
    public static IntegerForm Avx2 { get; } = new("Avx2", Lanes: 8, Registers: 16, MostRows: 3, MostPanels: 1, Dots: false, MostWideRows: 6);

    /// <summary>AVX512-VNNI.</summary>
    public static IntegerForm Avx512Vnni { get; } = new("Avx512Vnni", Lanes: 16, Registers: 32, MostRows: 4, MostPanels: 3, Dots: true);

    /// <summary>Every form.</summary>
    public static IReadOnlyList<IntegerForm> All { get; } = [Avx2, Avx512Vnni];

    /// <summary>Vector registers that hold 16 outputs.</summary>
    public int Parts => 16 / Lanes;

    /// <summary>Shapes to assemble.</summary>
    public IEnumerable<IntegerKernel> Shapes =>
        from int4 in new[] { false, true }
        from zeros in new[] { false, true }
        from rows in Enumerable.Range(1, MostRows)
        from panels in Enumerable.Range(1, MostPanels)
        select new IntegerKernel(rows, panels, int4, zeros);

    /// <summary>Shapes over unpacked panels.</summary>
    public IEnumerable<WideKernel> WideShapes =>
        from int4 in new[] { false, true }
        from zeros in int4 ? [true] : new[] { false, true }
        from rows in Enumerable.Range(1, MostWideRows)
        select new WideKernel(rows, int4, zeros);
}
