using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// Assembles integer dots: (a, aStride in bytes, b, panelBytes, groups, c, cStride in floats, blocks per group) in rdi, rsi, rdx, rcx, r8, r9
/// and on the stack. The arithmetic is that of Device/IntegerDot.cs, bit for bit.
/// </summary>
internal sealed class IntegerAssembler : TileAssembler
{
    // Device/ActivationBlocks.cs: what follows 32 bytes of integers.
    private const int ScaleAt = 32, SumAt = 36, MinusEightAt = 40, Minus128At = 44, BlockBytes = 48;

    // Device/QuantisedPanels.cs.
    private const int ScaleBytes = 32, QuadBytes = 64;

    private readonly IntegerForm _form;
    private readonly IntegerKernel _kernel;
    private readonly Registers _v;

    private IntegerAssembler(IntegerForm form, IntegerKernel kernel)
        : base(form.Lanes, kernel.Rows, kernel.Panels * form.Parts)
    {
        (_form, _kernel) = (form, kernel);
        int tiles = kernel.Rows * kernel.Panels * form.Parts;
        // With AVX2 the halves of a panel are done one after the other where sums have 16 bits: half the registers.
        int sums = form.Dots || !kernel.Int4 ? tiles : kernel.Rows;
        int temporaries = tiles + sums;
        // Only nibbles and unsigned bytes take a mask.
        int last = form.Registers - (form.Dots || kernel.Int4 ? 1 : 0);
        _v = new(Sums: tiles, Weights: temporaries, Second: temporaries + (form.Dots ? kernel.Panels : 1), Activation: last - 2, Ones: last - 1, Mask: last);
        if (_v.Second >= _v.Activation)
            throw new InvalidOperationException($"{form.Set}{kernel.Name} needs more than {form.Registers} registers");
    }

    /// <summary>The instructions of one shape.</summary>
    public static IReadOnlyList<Instruction> Assemble(IntegerForm form, IntegerKernel kernel) => new IntegerAssembler(form, kernel).Assemble();

    private int Inner => _kernel.Int4 ? 4 : 8;

    protected override void Emit()
    {
        var (group, block, done) = (Asm.CreateLabel(), Asm.CreateLabel(), Asm.CreateLabel());
        Accumulators(load: true);
        Constants();
        if (_kernel.Rows > 3)
            Asm.lea(r10, __[rsi + (rsi * 2)]);
        Asm.test(r8, r8);
        Asm.je(done);
        Asm.Label(ref group);
        Asm.mov(r11, rdx);
        Asm.add(rdx, _kernel.Zeros ? 2 * ScaleBytes : ScaleBytes);
        Asm.mov(rax, __qword_ptr[rsp + 16]);
        Asm.Label(ref block);
        if (_form.Dots)
        {
            Dots();
        }
        else
        {
            for (int half = 0; half < _form.Parts; half++)
                Half(half);
        }

        Asm.add(rdx, Inner * QuadBytes);
        Asm.add(rdi, BlockBytes);
        Asm.dec(rax);
        Asm.jne(block);
        Asm.dec(r8);
        Asm.jne(group);
        Asm.Label(ref done);
        Accumulators(load: false);
        Asm.vzeroupper();
        Asm.ret();
    }

    private void Constants()
    {
        if (!_form.Dots)
            Broadcast(_v.Ones, 0x00010001);
        // Nibbles are masked; signed bytes become unsigned by adding 128 where the processor's dot wants that.
        if (_kernel.Int4)
            Broadcast(_v.Mask, 0x0f0f0f0f);
        else if (_form.Dots)
            Broadcast(_v.Mask, unchecked((int)0x80808080));
    }

    private static AssemblerMemoryOperand Row(int row, int offset) => (row switch
    {
        0 => __[rdi],
        1 or 2 => __[rdi + (rsi * row)],
        _ => __[rdi + r10],
    }) + offset;

    private static AssemblerMemoryOperand Panel(AssemblerRegister64 start, int panel, int offset) =>
        (panel == 0 ? __[start] : __[start + (rcx * panel)]) + offset;

    /// <summary>AVX2, 8 outputs: one block.</summary>
    private void Half(int half)
    {
        int Sum(int row) => _kernel.Int4 ? _v.Sums + row : _v.Sums + (row * 2) + half;
        int offset = half * 32;
        for (int q = 0; q < Inner; q++)
        {
            if (half == 0)
                Asm.prefetcht0(__byte_ptr[Panel(rdx, 0, (q * QuadBytes) + Ahead)]);
            Asm.vmovdqu(Ymm(_v.Weights), __ymmword_ptr[Panel(rdx, 0, (q * QuadBytes) + offset)]);
            if (_kernel.Int4)
            {
                Asm.vpand(Ymm(_v.Second), Ymm(_v.Weights), Ymm(_v.Mask));
                Asm.vpsrlw(Ymm(_v.Weights), Ymm(_v.Weights), 4);
                Asm.vpand(Ymm(_v.Weights), Ymm(_v.Weights), Ymm(_v.Mask));
            }
            else
            {
                // |w| · (x with w's sign): the instruction multiplies unsigned by signed bytes, and 128 · 127 · 2 fits its 16 bits.
                Asm.vpabsb(Ymm(_v.Second), Ymm(_v.Weights));
            }

            for (int r = 0; r < _kernel.Rows; r++)
            {
                var t = Ymm(_v.Activation);
                if (_kernel.Int4)
                {
                    // Eight sums of 2 · 15 · 127 fit 16 bits.
                    Nibbles(Sum(r), _v.Second, Row(r, q * 4), first: q == 0);
                    Nibbles(Sum(r), _v.Weights, Row(r, 16 + (q * 4)), first: false);
                    continue;
                }

                Asm.vpbroadcastd(t, __dword_ptr[Row(r, q * 4)]);
                Asm.vpsignb(t, t, Ymm(_v.Weights));
                Asm.vpmaddubsw(t, Ymm(_v.Second), t);
                if (q == 0)
                {
                    Asm.vpmaddwd(Ymm(Sum(r)), t, Ymm(_v.Ones));
                }
                else
                {
                    Asm.vpmaddwd(t, t, Ymm(_v.Ones));
                    Asm.vpaddd(Ymm(Sum(r)), Ymm(Sum(r)), t);
                }
            }
        }

        Asm.vcvtph2ps(Ymm(_v.Weights), __xmmword_ptr[Panel(r11, 0, half * 16)]);
        if (_kernel.Zeros)
            Asm.vcvtph2ps(Ymm(_v.Second), __xmmword_ptr[Panel(r11, 0, ScaleBytes + (half * 16))]);
        for (int r = 0; r < _kernel.Rows; r++)
        {
            var (s, t) = (Ymm(Sum(r)), Ymm(_v.Activation));
            if (_kernel.Int4)
            {
                Asm.vpmaddwd(s, s, Ymm(_v.Ones));
                if (!_kernel.Zeros)
                {
                    Asm.vpbroadcastd(t, __dword_ptr[Row(r, MinusEightAt)]);
                    Asm.vpaddd(s, s, t);
                }
            }

            Asm.vcvtdq2ps(s, s);
            if (_kernel.Zeros)
            {
                Asm.vbroadcastss(t, __dword_ptr[Row(r, SumAt)]);
                Asm.vfnmadd231ps(s, Ymm(_v.Second), t);
            }

            Asm.vbroadcastss(t, __dword_ptr[Row(r, ScaleAt)]);
            Asm.vmulps(s, s, t);
            Asm.vfmadd231ps(Ymm((r * 2) + half), s, Ymm(_v.Weights));
        }
    }

    private void Nibbles(int sum, int nibbles, AssemblerMemoryOperand activations, bool first)
    {
        var t = Ymm(_v.Activation);
        Asm.vpbroadcastd(t, __dword_ptr[activations]);
        if (first)
        {
            Asm.vpmaddubsw(Ymm(sum), Ymm(nibbles), t);
            return;
        }

        Asm.vpmaddubsw(t, Ymm(nibbles), t);
        Asm.vpaddw(Ymm(sum), Ymm(sum), t);
    }

    /// <summary>VNNI: one block of all rows and panels.</summary>
    private void Dots()
    {
        int Sum(int row, int panel) => _v.Sums + (row * _kernel.Panels) + panel;
        for (int r = 0; r < _kernel.Rows; r++)
            for (int p = 0; p < _kernel.Panels; p++)
            {
                if (_kernel.Int4 && _kernel.Zeros)
                    Asm.vpxord(Zmm(Sum(r, p)), Zmm(Sum(r, p)), Zmm(Sum(r, p)));
                else
                    Asm.vpbroadcastd(Zmm(Sum(r, p)), __dword_ptr[Row(r, _kernel.Int4 ? MinusEightAt : Minus128At)]);
            }

        for (int q = 0; q < Inner; q++)
            for (int p = 0; p < _kernel.Panels; p++)
                Asm.prefetcht0(__byte_ptr[Panel(rdx, p, (q * QuadBytes) + Ahead)]);
        for (int q = 0; q < Inner; q++)
            for (int upper = 0; upper < (_kernel.Int4 ? 2 : 1); upper++)
            {
                for (int p = 0; p < _kernel.Panels; p++)
                    Unsigned(_v.Weights + p, Panel(rdx, p, q * QuadBytes), upper != 0);
                for (int r = 0; r < _kernel.Rows; r++)
                {
                    Asm.vpbroadcastd(Zmm(_v.Activation), __dword_ptr[Row(r, (upper * 16) + (q * 4))]);
                    for (int p = 0; p < _kernel.Panels; p++)
                        Asm.vpdpbusd(Zmm(Sum(r, p)), Zmm(_v.Weights + p), Zmm(_v.Activation));
                }
            }

        for (int p = 0; p < _kernel.Panels; p++)
        {
            Asm.vcvtph2ps(Zmm(_v.Weights), __ymmword_ptr[Panel(r11, p, 0)]);
            if (_kernel.Zeros)
                Asm.vcvtph2ps(Zmm(_v.Ones), __ymmword_ptr[Panel(r11, p, ScaleBytes)]);
            for (int r = 0; r < _kernel.Rows; r++)
            {
                var s = Zmm(Sum(r, p));
                Asm.vcvtdq2ps(s, s);
                if (_kernel.Zeros)
                    Asm.vfnmadd231ps(s, Zmm(_v.Ones), __dword_bcst[Row(r, SumAt)]);
                Asm.vmulps(s, s, __dword_bcst[Row(r, ScaleAt)]);
                Asm.vfmadd231ps(Zmm((r * _kernel.Panels) + p), s, Zmm(_v.Weights));
            }
        }
    }

    private void Unsigned(int register, AssemblerMemoryOperand bytes, bool upper)
    {
        if (!_kernel.Int4)
        {
            Asm.vpxord(Zmm(register), Zmm(_v.Mask), __zmmword_ptr[bytes]);
            return;
        }

        if (upper)
        {
            Asm.vpsrlw(Zmm(register), __zmmword_ptr[bytes], 4);
            Asm.vpandd(Zmm(register), Zmm(register), Zmm(_v.Mask));
        }
        else
        {
            Asm.vpandd(Zmm(register), Zmm(_v.Mask), __zmmword_ptr[bytes]);
        }
    }

    /// <summary>First registers: the floats of c come first, then these.</summary>
    private readonly record struct Registers(int Sums, int Weights, int Second, int Activation, int Ones, int Mask);
}
