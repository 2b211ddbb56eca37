using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// Assembles integer dots for x86-64, System V calling convention: (a, aStride in bytes, b, panelBytes, groups, c, cStride in floats, blocks
/// per group) in rdi, rsi, rdx, rcx, r8, r9 and on the stack. Leaf functions, as <see cref="DotAssembler"/>'s. The arithmetic is that of
/// Device/IntegerDot.cs, bit for bit.
/// </summary>
internal sealed class IntegerAssembler
{
    // Device/ActivationBlocks.cs: what follows 32 bytes of integers.
    private const int ScaleAt = 32, SumAt = 36, MinusEightAt = 40, Minus128At = 44, BlockBytes = 48;

    // Device/QuantisedPanels.cs.
    private const int ScaleBytes = 32, QuadBytes = 64;

    private readonly IntegerForm _form;
    private readonly IntegerKernel _kernel;
    private readonly Assembler _asm = new(64);
    private readonly Registers _v;

    private IntegerAssembler(IntegerForm form, IntegerKernel kernel)
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
    public static IReadOnlyList<Instruction> Assemble(IntegerForm form, IntegerKernel kernel)
    {
        var assembler = new IntegerAssembler(form, kernel);
        assembler.Emit();
        return [.. assembler._asm.Instructions];
    }

    private int Inner => _kernel.Int4 ? 4 : 8;

    private void Emit()
    {
        var (group, block, done) = (_asm.CreateLabel(), _asm.CreateLabel(), _asm.CreateLabel());
        Accumulators(load: true);
        Constants();
        if (_kernel.Rows > 3)
            _asm.lea(r10, __[rsi + (rsi * 2)]);
        _asm.test(r8, r8);
        _asm.je(done);
        _asm.Label(ref group);
        _asm.mov(r11, rdx);
        _asm.add(rdx, _kernel.Zeros ? 2 * ScaleBytes : ScaleBytes);
        _asm.mov(rax, __qword_ptr[rsp + 16]);
        _asm.Label(ref block);
        if (_form.Dots)
        {
            Dots();
        }
        else
        {
            for (int half = 0; half < _form.Parts; half++)
                Half(half);
        }

        _asm.add(rdx, Inner * QuadBytes);
        _asm.add(rdi, BlockBytes);
        _asm.dec(rax);
        _asm.jne(block);
        _asm.dec(r8);
        _asm.jne(group);
        _asm.Label(ref done);
        Accumulators(load: false);
        _asm.vzeroupper();
        _asm.ret();
    }

    private void Accumulators(bool load)
    {
        _asm.mov(rax, __qword_ptr[rsp + 8]);
        _asm.shl(rax, 2);
        for (int r = 0; r < _kernel.Rows; r++)
        {
            for (int i = 0; i < _kernel.Panels * _form.Parts; i++)
            {
                var memory = __[r9 + (i * _form.Lanes * 4)];
                int tile = (r * _kernel.Panels * _form.Parts) + i;
                if (_form.Dots && load)
                    _asm.vmovups(Zmm(tile), __zmmword_ptr[memory]);
                else if (_form.Dots)
                    _asm.vmovups(__zmmword_ptr[memory], Zmm(tile));
                else if (load)
                    _asm.vmovups(Ymm(tile), __ymmword_ptr[memory]);
                else
                    _asm.vmovups(__ymmword_ptr[memory], Ymm(tile));
            }

            if (r + 1 < _kernel.Rows)
                _asm.add(r9, rax);
        }

        if (load && _kernel.Rows > 1)
        {
            _asm.imul(rax, rax, _kernel.Rows - 1);
            _asm.sub(r9, rax);
        }
    }

    private void Constants()
    {
        if (_form.Dots)
        {
            // Nibbles are masked; signed bytes become unsigned by adding 128.
            _asm.mov(r11d, _kernel.Int4 ? 0x0f0f0f0f : unchecked((int)0x80808080));
            _asm.vpbroadcastd(Zmm(_v.Mask), r11d);
            return;
        }

        Broadcast(_v.Ones, 0x00010001);
        if (_kernel.Int4)
            Broadcast(_v.Mask, 0x0f0f0f0f);
    }

    private void Broadcast(int register, int value)
    {
        _asm.mov(r11d, value);
        _asm.vmovd(Xmm(register), r11d);
        _asm.vpbroadcastd(Ymm(register), Xmm(register));
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
            _asm.vmovdqu(Ymm(_v.Weights), __ymmword_ptr[Panel(rdx, 0, (q * QuadBytes) + offset)]);
            if (_kernel.Int4)
            {
                _asm.vpand(Ymm(_v.Second), Ymm(_v.Weights), Ymm(_v.Mask));
                _asm.vpsrlw(Ymm(_v.Weights), Ymm(_v.Weights), 4);
                _asm.vpand(Ymm(_v.Weights), Ymm(_v.Weights), Ymm(_v.Mask));
            }
            else
            {
                // |w| · (x with w's sign): the instruction multiplies unsigned by signed bytes, and 128 · 127 · 2 fits its 16 bits.
                _asm.vpabsb(Ymm(_v.Second), Ymm(_v.Weights));
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

                _asm.vpbroadcastd(t, __dword_ptr[Row(r, q * 4)]);
                _asm.vpsignb(t, t, Ymm(_v.Weights));
                _asm.vpmaddubsw(t, Ymm(_v.Second), t);
                if (q == 0)
                {
                    _asm.vpmaddwd(Ymm(Sum(r)), t, Ymm(_v.Ones));
                }
                else
                {
                    _asm.vpmaddwd(t, t, Ymm(_v.Ones));
                    _asm.vpaddd(Ymm(Sum(r)), Ymm(Sum(r)), t);
                }
            }
        }

        _asm.vcvtph2ps(Ymm(_v.Weights), __xmmword_ptr[Panel(r11, 0, half * 16)]);
        if (_kernel.Zeros)
            _asm.vcvtph2ps(Ymm(_v.Second), __xmmword_ptr[Panel(r11, 0, ScaleBytes + (half * 16))]);
        for (int r = 0; r < _kernel.Rows; r++)
        {
            var (s, t) = (Ymm(Sum(r)), Ymm(_v.Activation));
            if (_kernel.Int4)
            {
                _asm.vpmaddwd(s, s, Ymm(_v.Ones));
                if (!_kernel.Zeros)
                {
                    _asm.vpbroadcastd(t, __dword_ptr[Row(r, MinusEightAt)]);
                    _asm.vpaddd(s, s, t);
                }
            }

            _asm.vcvtdq2ps(s, s);
            if (_kernel.Zeros)
            {
                _asm.vbroadcastss(t, __dword_ptr[Row(r, SumAt)]);
                _asm.vfnmadd231ps(s, Ymm(_v.Second), t);
            }

            _asm.vbroadcastss(t, __dword_ptr[Row(r, ScaleAt)]);
            _asm.vmulps(s, s, t);
            _asm.vfmadd231ps(Ymm((r * 2) + half), s, Ymm(_v.Weights));
        }
    }

    private void Nibbles(int sum, int nibbles, AssemblerMemoryOperand activations, bool first)
    {
        var t = Ymm(_v.Activation);
        _asm.vpbroadcastd(t, __dword_ptr[activations]);
        if (first)
        {
            _asm.vpmaddubsw(Ymm(sum), Ymm(nibbles), t);
            return;
        }

        _asm.vpmaddubsw(t, Ymm(nibbles), t);
        _asm.vpaddw(Ymm(sum), Ymm(sum), t);
    }

    /// <summary>VNNI: one block of all rows and panels.</summary>
    private void Dots()
    {
        int Sum(int row, int panel) => _v.Sums + (row * _kernel.Panels) + panel;
        for (int r = 0; r < _kernel.Rows; r++)
            for (int p = 0; p < _kernel.Panels; p++)
            {
                if (_kernel.Int4 && _kernel.Zeros)
                    _asm.vpxord(Zmm(Sum(r, p)), Zmm(Sum(r, p)), Zmm(Sum(r, p)));
                else
                    _asm.vpbroadcastd(Zmm(Sum(r, p)), __dword_ptr[Row(r, _kernel.Int4 ? MinusEightAt : Minus128At)]);
            }

        for (int q = 0; q < Inner; q++)
            for (int upper = 0; upper < (_kernel.Int4 ? 2 : 1); upper++)
            {
                for (int p = 0; p < _kernel.Panels; p++)
                    Unsigned(_v.Weights + p, Panel(rdx, p, q * QuadBytes), upper != 0);
                for (int r = 0; r < _kernel.Rows; r++)
                {
                    _asm.vpbroadcastd(Zmm(_v.Activation), __dword_ptr[Row(r, (upper * 16) + (q * 4))]);
                    for (int p = 0; p < _kernel.Panels; p++)
                        _asm.vpdpbusd(Zmm(Sum(r, p)), Zmm(_v.Weights + p), Zmm(_v.Activation));
                }
            }

        for (int p = 0; p < _kernel.Panels; p++)
        {
            _asm.vcvtph2ps(Zmm(_v.Weights), __ymmword_ptr[Panel(r11, p, 0)]);
            if (_kernel.Zeros)
                _asm.vcvtph2ps(Zmm(_v.Ones), __ymmword_ptr[Panel(r11, p, ScaleBytes)]);
            for (int r = 0; r < _kernel.Rows; r++)
            {
                var s = Zmm(Sum(r, p));
                _asm.vcvtdq2ps(s, s);
                if (_kernel.Zeros)
                    _asm.vfnmadd231ps(s, Zmm(_v.Ones), __dword_bcst[Row(r, SumAt)]);
                _asm.vmulps(s, s, __dword_bcst[Row(r, ScaleAt)]);
                _asm.vfmadd231ps(Zmm((r * _kernel.Panels) + p), s, Zmm(_v.Weights));
            }
        }
    }

    private void Unsigned(int register, AssemblerMemoryOperand bytes, bool upper)
    {
        if (!_kernel.Int4)
        {
            _asm.vpxord(Zmm(register), Zmm(_v.Mask), __zmmword_ptr[bytes]);
            return;
        }

        if (upper)
        {
            _asm.vpsrlw(Zmm(register), __zmmword_ptr[bytes], 4);
            _asm.vpandd(Zmm(register), Zmm(register), Zmm(_v.Mask));
        }
        else
        {
            _asm.vpandd(Zmm(register), Zmm(_v.Mask), __zmmword_ptr[bytes]);
        }
    }

    private static AssemblerRegisterXMM Xmm(int i) => new((Register)((int)Register.XMM0 + i));

    private static AssemblerRegisterYMM Ymm(int i) => new((Register)((int)Register.YMM0 + i));

    private static AssemblerRegisterZMM Zmm(int i) => new((Register)((int)Register.ZMM0 + i));

    /// <summary>First registers: the floats of c come first, then these.</summary>
    private readonly record struct Registers(int Sums, int Weights, int Second, int Activation, int Ones, int Mask);
}
