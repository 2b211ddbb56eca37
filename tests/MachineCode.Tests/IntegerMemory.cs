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
    private readonly WeightFormat _format;
    private readonly int _groups, _rowBlocks, _panelBytes, _cStride;
    private readonly ActivationBlock* _a;
    private readonly byte* _b;
    private readonly float* _c;

    public IntegerMemory(IntegerKernel kernel, int groups, int blocksPerGroup)
    {
        (_kernel, _groups) = (kernel, groups);
        _format = new(kernel.Int4 ? WeightEncoding.Int4 : WeightEncoding.Int8, blocksPerGroup * WeightFormat.Block, kernel.Zeros);
        _rowBlocks = groups * blocksPerGroup;
        _panelBytes = (groups * QuantisedPanels.GroupBytes(_format)) + Gap;
        _cStride = (kernel.Panels * Panels.Width) + 3;
        _a = (ActivationBlock*)NativeMemory.AllocZeroed((nuint)(kernel.Rows * (_rowBlocks + 1)), ActivationBlock.Bytes);
        _b = (byte*)NativeMemory.Alloc((nuint)(kernel.Panels * _panelBytes));
        _c = (float*)NativeMemory.Alloc((nuint)C.Length, sizeof(float));
        Fill(new Random((groups * 10) + blocksPerGroup));
        Before = C.ToArray();
    }

    /// <summary>Rows of c and what lies between them.</summary>
    public Span<float> C => new(_c, _kernel.Rows * _cStride);

    /// <summary>c as it was at first.</summary>
    public float[] Before { get; }

    /// <summary>As machine code takes them.</summary>
    public ulong[] Arguments =>
    [
        (ulong)_a, (ulong)((_rowBlocks + 1) * ActivationBlock.Bytes), (ulong)_b, (ulong)_panelBytes, (ulong)_groups, (ulong)_c, (ulong)_cStride,
        (ulong)(_format.Group / WeightFormat.Block),
    ];

    /// <summary>Lets the code read the blocks of each row and panel and write the live elements of c, and not a byte more.</summary>
    public void AllowIn(Machine machine)
    {
        for (int r = 0; r < _kernel.Rows; r++)
        {
            machine.Allow($"a, row {r}", Row(r), _rowBlocks * ActivationBlock.Bytes, writable: false);
            machine.Allow($"c, row {r}", _c + (r * _cStride), _kernel.Panels * Panels.Width * sizeof(float), writable: true);
        }

        for (int p = 0; p < _kernel.Panels; p++)
            machine.Allow($"b, panel {p}", _b + (p * _panelBytes), _panelBytes - Gap, writable: false);
    }

    /// <summary>The same in portable vectors.</summary>
    public float[] Portable()
    {
        for (int r = 0; r < _kernel.Rows; r++)
            for (int p = 0; p < _kernel.Panels; p++)
                IntegerDot.Row(_format, Row(r), _b + (p * _panelBytes), _groups, _c + (r * _cStride) + (p * Panels.Width));
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

    private ActivationBlock* Row(int row) => _a + (row * (_rowBlocks + 1));

    private void Fill(Random random)
    {
        var row = stackalloc float[Math.Max(1, _rowBlocks) * WeightFormat.Block];
        for (int r = 0; r < _kernel.Rows; r++)
        {
            for (int i = 0; i < _rowBlocks * WeightFormat.Block; i++)
                row[i] = (float)((random.NextDouble() * 2) - 1);
            ActivationBlocks.Quantise(row, _rowBlocks * WeightFormat.Block, Row(r));
        }

        random.NextBytes(new Span<byte>(_b, _kernel.Panels * _panelBytes));
        for (int p = 0; p < _kernel.Panels; p++)
            for (int g = 0; g < _groups; g++)
            {
                var numbers = (Half*)(_b + (p * _panelBytes) + (g * QuantisedPanels.GroupBytes(_format)));
                for (int i = 0; i < QuantisedPanels.HeaderBytes(_format) / sizeof(Half); i++)
                    numbers[i] = (Half)(i < Panels.Width ? (random.NextDouble() * 0.02) - 0.01 : random.Next(0, 16));
            }

        foreach (ref float sum in C)
            sum = (float)random.NextDouble();
    }
}
