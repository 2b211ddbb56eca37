using System.Runtime.InteropServices;
using KernelDsl.Backends.Cpu.Device;
using KernelDsl.Generators.Backends.Cpu;
using KernelDsl.X86Interpreter;

namespace KernelDsl.MachineTests;

/// <summary>
/// Operands of one integer dot: rows of activation blocks, panels of a quantised weight and a tile of floats, each with something that is
/// not its own behind every row and panel.
/// </summary>
internal sealed unsafe class IntegerMemory : IDisposable
{
    private const int Gap = 32;

    private readonly IntegerKernel _kernel;
    private readonly int _groups, _panelBytes;
    private readonly ActivationBlock* _a;
    private readonly byte* _b;
    private readonly float* _c;

    public IntegerMemory(IntegerKernel kernel, int groups, int blocksPerGroup)
    {
        (_kernel, _groups) = (kernel, groups);
        Format = new(kernel.Int4 ? WeightEncoding.Int4 : WeightEncoding.Int8, blocksPerGroup * WeightFormat.Block, kernel.Zeros);
        RowBlocks = groups * blocksPerGroup;
        _panelBytes = (groups * QuantisedPanels.GroupBytes(Format)) + Gap;
        CStride = (kernel.Panels * Panels.Width) + 3;
        _a = (ActivationBlock*)NativeMemory.AllocZeroed((nuint)(kernel.Rows * (RowBlocks + 1)), ActivationBlock.Bytes);
        _b = (byte*)NativeMemory.Alloc((nuint)(kernel.Panels * _panelBytes));
        _c = (float*)NativeMemory.Alloc((nuint)C.Length, sizeof(float));
        Fill(new Random((groups * 10) + blocksPerGroup));
        Before = C.ToArray();
    }

    public int Rows => _kernel.Rows;

    public WeightFormat Format { get; }

    /// <summary>Blocks of 32 inputs.</summary>
    public int RowBlocks { get; }

    /// <summary>Floats from a row of c to the next.</summary>
    public int CStride { get; }

    /// <summary>Rows of c and what lies between them.</summary>
    public Span<float> C => new(_c, _kernel.Rows * CStride);

    /// <summary>c as it was at first.</summary>
    public float[] Before { get; }

    /// <summary>As machine code takes them.</summary>
    public ulong[] Arguments =>
    [
        (ulong)_a, (ulong)((RowBlocks + 1) * ActivationBlock.Bytes), (ulong)_b, (ulong)_panelBytes, (ulong)_groups, (ulong)_c, (ulong)CStride,
        (ulong)(Format.Group / WeightFormat.Block),
    ];

    /// <summary>Lets the code read the blocks of each row and panel and write the live elements of c, and not a byte more.</summary>
    public void AllowIn(Machine machine)
    {
        for (int r = 0; r < _kernel.Rows; r++)
        {
            machine.Allow($"a, row {r}", Row(r), RowBlocks * ActivationBlock.Bytes, writable: false);
            machine.Allow($"c, row {r}", CRow(r), _kernel.Panels * Panels.Width * sizeof(float), writable: true);
        }

        for (int p = 0; p < _kernel.Panels; p++)
            machine.Allow($"b, panel {p}", Panel(p), _panelBytes - Gap, writable: false);
    }

    /// <summary>The same in portable vectors.</summary>
    public float[] Portable()
    {
        for (int r = 0; r < _kernel.Rows; r++)
            for (int p = 0; p < _kernel.Panels; p++)
                IntegerDot.Row(Format, Row(r), Panel(p), _groups, CRow(r) + (p * Panels.Width));
        float[] result = C.ToArray();
        Before.CopyTo(C);
        return result;
    }

    public void Dispose()
    {
        NativeMemory.Free(_a);
        NativeMemory.Free(_b);
        NativeMemory.Free(_c);
    }

    public float* CRow(int row) => _c + (row * CStride);

    public byte* Panel(int panel) => _b + (panel * _panelBytes);

    public ActivationBlock* Row(int row) => _a + (row * (RowBlocks + 1));

    private void Fill(Random random)
    {
        var row = stackalloc float[Math.Max(1, RowBlocks) * WeightFormat.Block];
        for (int r = 0; r < _kernel.Rows; r++)
        {
            for (int i = 0; i < RowBlocks * WeightFormat.Block; i++)
                row[i] = (float)((random.NextDouble() * 2) - 1);
            ActivationBlocks.Quantise(row, RowBlocks * WeightFormat.Block, Row(r));
        }

        random.NextBytes(new Span<byte>(_b, _kernel.Panels * _panelBytes));
        for (int p = 0; p < _kernel.Panels; p++)
            for (int g = 0; g < _groups; g++)
            {
                var numbers = (Half*)(_b + (p * _panelBytes) + (g * QuantisedPanels.GroupBytes(Format)));
                for (int i = 0; i < QuantisedPanels.HeaderBytes(Format) / sizeof(Half); i++)
                    numbers[i] = (Half)(i < Panels.Width ? (random.NextDouble() * 0.02) - 0.01 : random.Next(0, 16));
            }

        foreach (ref float sum in C)
            sum = (float)random.NextDouble();
    }
}
