using System.Runtime.InteropServices;
using KernelDsl.Backends.Cpu.Device;
using KernelDsl.X86Interpreter;

namespace KernelDsl.MachineTests;

/// <summary>The operands of an integer dot over one panel, unpacked, in memory of their own.</summary>
internal sealed unsafe class WideMemory : IDisposable
{
    private readonly IntegerMemory _bytes;
    private readonly byte* _a, _b;

    public WideMemory(IntegerMemory bytes)
    {
        _bytes = bytes;
        // A block behind each row is nobody's.
        _a = (byte*)NativeMemory.AllocZeroed((nuint)(bytes.Rows * RowStride));
        _b = (byte*)NativeMemory.Alloc((nuint)Math.Max(1, PanelBytes));
        for (int r = 0; r < bytes.Rows; r++)
            if (bytes.Format.Encoding == WeightEncoding.Int8)
                WidePanels.Widen(bytes.Row(r), bytes.RowBlocks, (WideBlock*)Row(r));
            else
                new Span<ActivationBlock>(bytes.Row(r), bytes.RowBlocks).CopyTo(new Span<ActivationBlock>(Row(r), bytes.RowBlocks));
        WidePanels.Unpack(bytes.Format, bytes.Panel(0), bytes.RowBlocks / (bytes.Format.Group / WeightFormat.Block), _b);
    }

    /// <summary>As machine code takes them.</summary>
    public ulong[] Arguments =>
        [(ulong)_a, (ulong)RowStride, (ulong)_b, (ulong)_bytes.RowBlocks, (ulong)_bytes.CRow(0), (ulong)_bytes.CStride];

    private int RowStride => (_bytes.RowBlocks + 1) * WidePanels.RowBytes(_bytes.Format);

    private int PanelBytes => _bytes.RowBlocks * WidePanels.BlockBytes(_bytes.Format);

    /// <summary>Lets the code read each row and the panel and write the live elements of c, and not a byte more.</summary>
    public void AllowIn(Machine machine)
    {
        for (int r = 0; r < _bytes.Rows; r++)
        {
            machine.Allow($"a, row {r}", Row(r), _bytes.RowBlocks * WidePanels.RowBytes(_bytes.Format), writable: false);
            machine.Allow($"c, row {r}", _bytes.CRow(r), Panels.Width * sizeof(float), writable: true);
        }

        machine.Allow("b", _b, PanelBytes, writable: false);
    }

    public void Dispose()
    {
        NativeMemory.Free(_a);
        NativeMemory.Free(_b);
    }

    private byte* Row(int row) => _a + (row * RowStride);
}
