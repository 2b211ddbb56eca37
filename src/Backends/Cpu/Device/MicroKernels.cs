using System.Runtime.Intrinsics;

namespace KernelDsl.Backends.Cpu.Device;

/// <summary>How a micro-kernel reads its B operand.</summary>
public enum PanelFormat
{
    /// <summary>bf16 pairs, [contraction/2][16][2]: weights and cache pages as they lie in memory.</summary>
    Bf16Pairs,

    /// <summary>
    /// The same, multiplied as tiles, 32 of the contraction from the first on at once: weights, whose contractions are cut where their
    /// kernels say. Pages of a cache are not: the bits would depend on where pages end.
    /// </summary>
    Bf16Tiles,

    /// <summary>Floats, [contraction][16]: panels widened once for many rows, or packed from a computed tile.</summary>
    Float,
}

/// <summary>
/// The register-blocked inner products of one assembly, by shape: <c>c[rows, 16 · panels] += a[rows, k] · b[k, 16 · panels]</c>. The
/// generator prints them, in portable vectors and as machine code, and fills one table for an instruction set. Every entry sums each
/// output over k in ascending order, one fused multiply-add a step (one instruction a pair where pairs are multiplied, one for 32 where tiles
/// are), starting from what c holds: that is what makes the shapes of a format interchangeable bit by bit.
/// </summary>
public sealed unsafe class MicroKernels
{
    /// <summary>Most rows and panels of a shape.</summary>
    public const int MaxRows = 32, MaxPanels = 4;

    /// <summary>Rows of a tile of <see cref="PanelFormat.Bf16Tiles"/>; a shape has one or two, the last with what is left.</summary>
    public const int TileRows = 16;

    private const int Formats = 3, IntegerForms = 4;

    private readonly nint[] _entries = new nint[Formats * MaxRows * MaxPanels];
    private readonly nint[] _integers = new nint[IntegerForms * MaxRows * MaxPanels];
    private readonly nint[] _wide = new nint[IntegerForms * MaxRows];
    private readonly List<(nint[] Table, int Index, byte[] Code)> _pending = [];
    private readonly int[] _rows = new int[Formats], _widest = new int[Formats * (MaxRows + 1)], _widestIntegers = new int[MaxRows + 1];
    private readonly bool _machine;

    /// <summary>An empty table, to be filled and sealed.</summary>
    public MicroKernels(InstructionSet set)
    {
        Set = set;
        _machine = set != InstructionSet.Portable;
    }

    /// <summary>What its entries are made of.</summary>
    public InstructionSet Set { get; }

    /// <inheritdoc cref="InstructionSets.MultipliesPairs"/>
    public bool MultipliesPairs => Set.MultipliesPairs();

    /// <summary>Whether many rows are served better by panels that were widened once: portable code widens them again for every strip.</summary>
    public bool WidensOnce => !_machine;

    /// <summary>How panels of a weight of bf16 are multiplied.</summary>
    public PanelFormat WeightPanels => Set == InstructionSet.Amx ? PanelFormat.Bf16Tiles : PanelFormat.Bf16Pairs;

    /// <summary>Rows of the tallest shape.</summary>
    public int Rows(PanelFormat format) => _rows[(int)format];

    /// <summary>Adds a shape in portable vectors, where its accumulators fit the registers.</summary>
    public void Add(PanelFormat format, int rows, int panels, delegate*<float*, nint, byte*, nint, nint, float*, nint, void> entry)
    {
        // Accumulators of 16 floats: 24 of the 32 registers of 512 bits; of 256 and of 128 bits (16 and 32 registers) 6.
        if (rows * panels <= (Vector512.IsHardwareAccelerated ? 24 : 6))
            Enter(format, rows, panels, (nint)entry);
    }

    /// <summary>Adds a shape in machine code.</summary>
    public void Add(PanelFormat format, int rows, int panels, ReadOnlySpan<byte> code)
    {
        Enter(format, rows, panels, 0);
        _pending.Add((_entries, Index(format, rows, panels), code.ToArray()));
    }

    /// <summary>Adds a shape of integer dots in machine code.</summary>
    public void Add(WeightEncoding encoding, bool hasZeros, int rows, int panels, ReadOnlySpan<byte> code)
    {
        _widestIntegers[rows] = Math.Max(_widestIntegers[rows], panels);
        IntegerRows = Math.Max(IntegerRows, rows);
        _pending.Add((_integers, Index(encoding, hasZeros, rows, panels), code.ToArray()));
    }

    /// <summary>Adds a shape of integer dots over one unpacked panel in machine code.</summary>
    public void AddWide(WeightEncoding encoding, bool hasZeros, int rows, ReadOnlySpan<byte> code)
    {
        WideRows = Math.Max(WideRows, rows);
        _pending.Add((_wide, WideIndex(encoding, hasZeros, rows), code.ToArray()));
    }

    /// <summary>Maps the machine code that was added.</summary>
    public MicroKernels Seal()
    {
        if (_pending.Count > 0)
        {
            var entries = MachineCode.Map(_pending.ConvertAll(static p => p.Code));
            for (int i = 0; i < entries.Length; i++)
                _pending[i].Table[_pending[i].Index] = entries[i];
            _pending.Clear();
        }

        return this;
    }

    /// <summary>Rows of the tallest integer shape.</summary>
    public int IntegerRows { get; private set; } = 1;

    /// <summary>Rows of the tallest shape over unpacked integers (<see cref="WidePanels"/>); 0: none, integers as they lie are as fast.</summary>
    public int WideRows { get; private set; }

    /// <summary>Most panels that an integer shape of so many rows takes at once.</summary>
    public int IntegerPanels(int rows) => Math.Max(1, _widestIntegers[Math.Min(rows, IntegerRows)]);

    /// <summary>Most panels that a shape of so many rows takes at once.</summary>
    public int WidestPanels(PanelFormat format, int rows) => _widest[((int)format * (MaxRows + 1)) + Math.Min(rows, Rows(format))];

    /// <summary>
    /// Rows at a to rows at c; strides of c count floats, those of a its elements (<see cref="MultipliesPairs"/>: bf16 with panels of
    /// bf16, else floats), <paramref name="panelBytes"/> lies between panels of b.
    /// What follows an odd contraction in the last pair of a panel does not count, whatever it is: in a cache it is someone else's position.
    /// </summary>
    public void Run(PanelFormat format, int rows, int panels, void* a, nint aStride, byte* b, nint panelBytes, nint k, float* c, nint cStride)
    {
        nint entry = _entries[Index(format, rows, panels)];
        // Microseconds at most, and nothing of the runtime inside: a collection may wait for it.
        if (_machine)
            ((delegate* unmanaged[SuppressGCTransition]<void*, nint, byte*, nint, nint, float*, nint, void>)entry)(a, aStride, b, panelBytes, k, c, cStride);
        else
            ((delegate*<float*, nint, byte*, nint, nint, float*, nint, void>)entry)((float*)a, aStride, b, panelBytes, k, c, cStride);
    }

    /// <summary>
    /// Integer dots: rows of activation blocks, <paramref name="aStride"/> blocks apart, by panels of a quantised weight over whole groups.
    /// The integer sums are exact and the rest is float arithmetic in one order (<see cref="IntegerDot"/>), so all tables give the same bits.
    /// </summary>
    public void Run(WeightFormat format, int rows, int panels, ActivationBlock* a, nint aStride, byte* b, nint panelBytes, nint groups, float* c, nint cStride)
    {
        nint entry = _integers[Index(format.Encoding, format.HasZeros, rows, panels)];
        if (entry != 0)
        {
            ((delegate* unmanaged[SuppressGCTransition]<ActivationBlock*, nint, byte*, nint, nint, float*, nint, nint, void>)entry)(
                a, aStride * ActivationBlock.Bytes, b, panelBytes, groups, c, cStride, format.Group / WeightFormat.Block);
            return;
        }

        for (int p = 0; p < panels; p++)
            for (int r = 0; r < rows; r++)
                IntegerDot.Row(format, a + (r * aStride), b + (p * panelBytes), (int)groups, c + (r * cStride) + (p * Panels.Width));
    }

    /// <summary>
    /// Integer dots of rows of activations (<see cref="WidePanels.RowBytes"/>), <paramref name="aStride"/> bytes apart, by one unpacked panel over
    /// so many blocks; the same bits as of the panel as it lies. Strides of c count floats.
    /// </summary>
    public void RunWide(WeightFormat format, int rows, byte* a, nint aStride, byte* b, nint blocks, float* c, nint cStride) =>
        ((delegate* unmanaged[SuppressGCTransition]<byte*, nint, byte*, nint, float*, nint, void>)_wide[WideIndex(format.Encoding, WidePanels.HasZeros(format), rows)])(
            a, aStride, b, blocks, c, cStride);

    private void Enter(PanelFormat format, int rows, int panels, nint entry)
    {
        _entries[Index(format, rows, panels)] = entry;
        ref int widest = ref _widest[((int)format * (MaxRows + 1)) + rows];
        widest = Math.Max(widest, panels);
        _rows[(int)format] = Math.Max(Rows(format), rows);
    }

    private static int WideIndex(WeightEncoding encoding, bool hasZeros, int rows) => (((((int)encoding - 1) * 2) + (hasZeros ? 1 : 0)) * MaxRows) + rows - 1;

    private static int Index(WeightEncoding encoding, bool hasZeros, int rows, int panels) => (WideIndex(encoding, hasZeros, rows) * MaxPanels) + panels - 1;

    private static int Index(PanelFormat format, int rows, int panels) => (((int)format * MaxRows) + rows - 1) * MaxPanels + panels - 1;
}
