namespace KernelDsl.Backends.Cpu.Device;

/// <summary>How a micro-kernel reads its B operand.</summary>
public enum PanelFormat
{
    /// <summary>bf16 pairs, [contraction/2][16][2]: weights and cache pages as they lie in memory.</summary>
    Bf16Pairs,

    /// <summary>Floats, [contraction][16]: panels widened once for many rows, or packed from a computed tile.</summary>
    Float,
}

/// <summary>
/// The register-blocked inner products of one assembly, by shape: <c>c[rows, 16 · panels] += a[rows, k] · b[k, 16 · panels]</c>. DotEmitter
/// prints the portable ones from their descriptions and fills this table; a machine-code form of the same descriptions belongs in here
/// too, replacing entries at start when the processor has the instructions. Every entry sums each output over k in ascending order, one
/// fused multiply-add a step, starting from what c holds: that is what makes the shapes interchangeable bit by bit.
/// </summary>
public sealed unsafe class MicroKernels
{
    /// <summary>Most rows and panels of a shape.</summary>
    public const int MaxRows = 8, MaxPanels = 4;

    private readonly nint[] _entries = new nint[2 * MaxRows * MaxPanels];
    private readonly int[] _widest = new int[MaxRows + 1];

    /// <summary>Adds a shape.</summary>
    public MicroKernels Add(PanelFormat format, int rows, int panels, delegate*<float*, nint, byte*, nint, nint, float*, nint, void> entry)
    {
        _entries[Index(format, rows, panels)] = (nint)entry;
        _widest[rows] = Math.Max(_widest[rows], panels);
        return this;
    }

    /// <summary>Most panels that a shape of so many rows takes at once.</summary>
    public int WidestPanels(int rows) => _widest[Math.Min(rows, MaxRows)];

    /// <summary>Rows at a to rows at c; strides of a and c count floats, <paramref name="panelBytes"/> lies between panels of b.</summary>
    public void Run(PanelFormat format, int rows, int panels, float* a, nint aStride, byte* b, nint panelBytes, nint k, float* c, nint cStride) =>
        ((delegate*<float*, nint, byte*, nint, nint, float*, nint, void>)_entries[Index(format, rows, panels)])(a, aStride, b, panelBytes, k, c, cStride);

    private static int Index(PanelFormat format, int rows, int panels) => (((int)format * MaxRows) + rows - 1) * MaxPanels + panels - 1;
}
