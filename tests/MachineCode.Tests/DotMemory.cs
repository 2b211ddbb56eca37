using System.Runtime.InteropServices;
using KernelDsl.Generators.Backends.Cpu;
using KernelDsl.X86Interpreter;

namespace KernelDsl.MachineTests;

/// <summary>
/// Operands of one dot in memory that holds NaN wherever the dot must not look: around the operands, between rows and between panels, and
/// in the second half of the last pair where the contraction is odd.
/// </summary>
internal sealed unsafe class DotMemory : IDisposable
{
    private const int Guard = 128, Panel = 16, Alignment = 64;

    // NaN as a bf16, and as a float of two of them.
    private const ushort Poison = 0x7FE1;

    private readonly MicroKernel _kernel;
    private readonly bool _pairRows;
    private readonly byte* _start;
    private readonly int _bytes, _a, _b, _c;
    private readonly byte[] _before;

    /// <param name="padding">Elements between rows, and 32 bytes between panels for each.</param>
    public DotMemory(MachineForm form, MicroKernel kernel, int contraction, int padding)
    {
        _kernel = kernel;
        _pairRows = form.MultipliesPairs && !kernel.Widened;
        Contraction = contraction;
        AStride = contraction + padding;
        PanelBytes = LivePanelBytes + (padding * 32);
        CStride = Columns + padding;
        // Where no vector is aligned: the contract asks for no more than elements do.
        _a = Guard + RowElement;
        _b = Behind(_a + (Rows * AStride * RowElement)) + sizeof(uint);
        _c = Behind(_b + (kernel.Panels * PanelBytes)) + sizeof(float);
        _bytes = Behind(_c + (Rows * CStride * sizeof(float)));
        _start = (byte*)NativeMemory.AlignedAlloc((nuint)_bytes, Alignment);
        MemoryMarshal.Cast<byte, ushort>(All).Fill(Poison);
        Fill(new Random((contraction * 100) + padding));
        _before = All.ToArray();
    }

    /// <summary>All of it, guards included.</summary>
    public Span<byte> All => new(_start, _bytes);

    public int Rows => _kernel.Rows;

    public int Columns => _kernel.Panels * Panel;

    public int Contraction { get; }

    public int AStride { get; }

    public int PanelBytes { get; }

    public int CStride { get; }

    public void* A => _start + _a;

    public byte* B => _start + _b;

    public float* C => (float*)(_start + _c);

    /// <summary>As machine code takes them.</summary>
    public ulong[] Arguments => [(ulong)A, (ulong)AStride, (ulong)B, (ulong)PanelBytes, (ulong)Contraction, (ulong)C, (ulong)CStride];

    private int RowElement => _pairRows ? sizeof(ushort) : sizeof(float);

    private int LivePanelBytes => _kernel.Widened ? Contraction * Panel * sizeof(float) : (Contraction + 1) / 2 * Panel * 2 * sizeof(ushort);

    /// <summary>Lets the code read the elements of each row and panel and write the live ones of c, and not a byte more.</summary>
    /// <param name="shorter">Bytes that rows of a are made shorter by.</param>
    public void AllowIn(Machine machine, int shorter = 0)
    {
        for (int r = 0; r < Rows; r++)
        {
            machine.Allow($"a, row {r}", AddressOfRow(r, 0), (Contraction * RowElement) - shorter, writable: false);
            machine.Allow($"c, row {r}", C + (r * CStride), Columns * sizeof(float), writable: true);
        }

        for (int p = 0; p < _kernel.Panels; p++)
            machine.Allow($"b, panel {p}", B + (p * PanelBytes), LivePanelBytes, writable: false);
    }

    /// <summary>Element of a.</summary>
    public float Row(int row, int step) => _pairRows ? Widen(*(ushort*)AddressOfRow(row, step)) : *(float*)AddressOfRow(row, step);

    /// <summary>Element of b.</summary>
    public float Weight(int column, int step) => _kernel.Widened ? *(float*)AddressOfWeight(column, step) : Widen(*(ushort*)AddressOfWeight(column, step));

    /// <summary>Element of c.</summary>
    public ref float Sum(int row, int column) => ref C[(row * CStride) + column];

    /// <summary>What lies at an offset of <see cref="All"/>.</summary>
    public string Locate(int offset)
    {
        int element = (offset - _c) / sizeof(float);
        return offset < _c || element >= Rows * CStride ? $"the byte at {offset}" : $"c[{element / CStride}, {element % CStride}]";
    }

    /// <summary>Makes it as it was at first.</summary>
    public void Reset() => _before.CopyTo(All);

    public void Dispose() => NativeMemory.AlignedFree(_start);

    private static int Behind(int operand) => ((operand + Alignment - 1) & -Alignment) + Guard;

    private static float Widen(ushort bf16) => BitConverter.UInt32BitsToSingle((uint)bf16 << 16);

    private byte* AddressOfRow(int row, int step) => (byte*)A + (((row * AStride) + step) * RowElement);

    private byte* AddressOfWeight(int column, int step)
    {
        byte* panel = B + (column / Panel * PanelBytes);
        int lane = column % Panel;
        return _kernel.Widened ? panel + (((step * Panel) + lane) * sizeof(float)) : panel + (((step / 2 * Panel * 2) + (lane * 2) + (step % 2)) * sizeof(ushort));
    }

    private void Fill(Random random)
    {
        for (int i = 0; i < Contraction; i++)
        {
            for (int r = 0; r < Rows; r++)
                Put(AddressOfRow(r, i), _pairRows);
            for (int n = 0; n < Columns; n++)
                Put(AddressOfWeight(n, i), !_kernel.Widened);
        }

        for (int r = 0; r < Rows; r++)
            for (int n = 0; n < Columns; n++)
                Sum(r, n) = Values.Next(random);

        void Put(byte* at, bool narrow)
        {
            float value = Values.Next(random);
            if (narrow)
                *(ushort*)at = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
            else
                *(float*)at = value;
        }
    }
}
