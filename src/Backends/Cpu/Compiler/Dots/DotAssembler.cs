using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// Assembles micro-kernels for x86-64, System V calling convention: (a, aStride, b, panelBytes, k, c, cStride) in rdi, rsi, rdx, rcx, r8,
/// r9 and on the stack. Leaf functions: no frame, no call, nothing below the stack pointer, only registers that the caller saves; so they
/// need no unwind information, and a signal finds nothing unusual. Steps of the contraction are in ascending order, one fused
/// multiply-add (or one vdpbf16ps a pair) each: the contract of Device/MicroKernels.cs.
/// </summary>
internal sealed class DotAssembler
{
    private readonly MachineForm _form;
    private readonly MicroKernel _kernel;
    private readonly Assembler _asm = new(64);
    private readonly int _panelRegister, _rowRegister, _mask;

    private DotAssembler(MachineForm form, MicroKernel kernel)
    {
        (_form, _kernel) = (form, kernel);
        _panelRegister = kernel.Rows * kernel.Panels * form.Parts;
        _rowRegister = form.Registers - 2;
        _mask = form.Registers - 1;
    }

    /// <summary>The instructions of one shape.</summary>
    public static IReadOnlyList<Instruction> Assemble(MachineForm form, MicroKernel kernel)
    {
        var assembler = new DotAssembler(form, kernel);
        assembler.Emit();
        return [.. assembler._asm.Instructions];
    }

    private bool Pairs => _form.MultipliesPairs;

    private int RowBytes => Pairs ? 2 : 4;

    private void Emit()
    {
        var (loop, tail, done) = (_asm.CreateLabel(), _asm.CreateLabel(), _asm.CreateLabel());
        Accumulators(load: true);
        _asm.shl(rsi, (byte)(Pairs ? 1 : 2));
        if (!Pairs && !_kernel.Widened)
            Mask();
        RowMultiples();
        if (_kernel.Panels > 3)
            _asm.lea(rax, __[rcx + (rcx * 2)]);

        _asm.sub(r8, 2);
        _asm.jl(tail);
        _asm.Label(ref loop);
        if (Pairs)
        {
            Step(PanelStep.Pair);
        }
        else
        {
            Step(PanelStep.Even);
            Step(PanelStep.Odd);
        }

        _asm.add(rdi, 2 * RowBytes);
        _asm.add(rdx, _kernel.Widened ? 128 : 64);
        _asm.sub(r8, 2);
        _asm.jge(loop);
        _asm.Label(ref tail);
        _asm.add(r8, 2);
        _asm.je(done);
        Step(Pairs ? PanelStep.LastOfPair : PanelStep.Even);
        _asm.Label(ref done);
        Accumulators(load: false);
        _asm.vzeroupper();
        _asm.ret();
    }

    /// <summary>c to registers, or back.</summary>
    private void Accumulators(bool load)
    {
        _asm.mov(rax, __qword_ptr[rsp + 8]);
        _asm.shl(rax, 2);
        for (int r = 0; r < _kernel.Rows; r++)
        {
            for (int i = 0; i < _kernel.Panels * _form.Parts; i++)
                Move(Tile(r, i / _form.Parts, i % _form.Parts), __[r9 + (i * _form.Lanes * 4)], load);
            if (r + 1 < _kernel.Rows)
                _asm.add(r9, rax);
        }

        if (load && _kernel.Rows > 1)
        {
            // Back to the first row, for the stores.
            _asm.imul(rax, rax, _kernel.Rows - 1);
            _asm.sub(r9, rax);
        }
    }

    /// <summary>3, 5 and 7 times the stride of rows: with the scales 1, 2, 4 of an address they reach all 8 rows from one pointer.</summary>
    private void RowMultiples()
    {
        if (_kernel.Rows > 3)
            _asm.lea(r10, __[rsi + (rsi * 2)]);
        if (_kernel.Rows > 5)
            _asm.lea(r11, __[rsi + (rsi * 4)]);
        if (_kernel.Rows > 7)
            _asm.lea(rax, __[r10 + (rsi * 4)]);
    }

    private static AssemblerMemoryOperand Row(int row) => row switch
    {
        0 => __[rdi],
        1 or 2 or 4 => __[rdi + (rsi * row)],
        3 or 6 => __[rdi + (r10 * (row / 3))],
        5 => __[rdi + r11],
        _ => __[rdi + rax],
    };

    private static AssemblerMemoryOperand Panel(int panel, int bytes) => panel switch
    {
        0 => __[rdx + bytes],
        1 or 2 => __[rdx + (rcx * panel) + bytes],
        _ => __[rdx + rax + bytes],
    };

    private void Step(PanelStep step)
    {
        // Few registers: the vectors of one panel at a time; many: those of all panels, so that a row's element is read once.
        int group = _panelRegister + (_kernel.Panels * _form.Parts) > _rowRegister ? 1 : _kernel.Panels;
        for (int first = 0; first < _kernel.Panels; first += group)
        {
            for (int p = first; p < first + group; p++)
                for (int part = 0; part < _form.Parts; part++)
                    LoadPanel(_panelRegister + ((p - first) * _form.Parts) + part, p, part, step);
            for (int r = 0; r < _kernel.Rows; r++)
            {
                if (_kernel.Rows > 1 || first == 0)
                    LoadRow(r, step);
                for (int p = first; p < first + group; p++)
                    for (int part = 0; part < _form.Parts; part++)
                        MultiplyAdd(Tile(r, p, part), _panelRegister + ((p - first) * _form.Parts) + part);
            }
        }
    }

    private int Tile(int row, int panel, int part) => (((row * _kernel.Panels) + panel) * _form.Parts) + part;

    private void LoadPanel(int register, int panel, int part, PanelStep step)
    {
        int offset = part * _form.Lanes * 4;
        if (_kernel.Widened)
            Move(register, Panel(panel, offset + (step == PanelStep.Odd ? 64 : 0)), load: true);
        else if (step == PanelStep.LastOfPair)
            FirstOfPairs(register, Panel(panel, offset));
        else if (Pairs)
            Move(register, Panel(panel, offset), load: true);
        else if (step == PanelStep.Odd)
            UpperHalves(register, Panel(panel, offset));
        else
            LowerHalves(register, Panel(panel, offset));
    }

    private void LoadRow(int row, PanelStep step)
    {
        var element = Row(row) + (step == PanelStep.Odd ? RowBytes : 0);
        switch (step)
        {
            case PanelStep.LastOfPair:
                // The element after it belongs to nobody, and may be NaN.
                _asm.movzx(r8d, __word_ptr[element]);
                _asm.vpbroadcastd(Zmm(_rowRegister), r8d);
                break;
            case PanelStep.Pair:
                _asm.vpbroadcastd(Zmm(_rowRegister), __dword_ptr[element]);
                break;
            default:
                if (_form.Lanes == 16)
                    _asm.vbroadcastss(Zmm(_rowRegister), __dword_ptr[element]);
                else
                    _asm.vbroadcastss(Ymm(_rowRegister), __dword_ptr[element]);
                break;
        }
    }

    private void MultiplyAdd(int tile, int panel)
    {
        if (Pairs)
            _asm.vdpbf16ps(Zmm(tile), Zmm(panel), Zmm(_rowRegister));
        else if (_form.Lanes == 16)
            _asm.vfmadd231ps(Zmm(tile), Zmm(panel), Zmm(_rowRegister));
        else
            _asm.vfmadd231ps(Ymm(tile), Ymm(panel), Ymm(_rowRegister));
    }

    private void Mask()
    {
        _asm.mov(r11d, unchecked((int)0xffff0000));
        if (_form.Lanes == 16)
        {
            _asm.vpbroadcastd(Zmm(_mask), r11d);
        }
        else
        {
            _asm.vmovd(xmm15, r11d);
            _asm.vpbroadcastd(ymm15, xmm15);
        }
    }

    /// <summary>The first of each pair of bf16, as floats.</summary>
    private void LowerHalves(int register, AssemblerMemoryOperand pairs)
    {
        if (_form.Lanes == 16)
        {
            _asm.vpslld(Zmm(register), __zmmword_ptr[pairs], 16);
        }
        else
        {
            _asm.vmovups(Ymm(register), __ymmword_ptr[pairs]);
            _asm.vpslld(Ymm(register), Ymm(register), 16);
        }
    }

    /// <summary>The first of each pair of bf16 and zero: what follows the contraction may be NaN, and that times zero too.</summary>
    private void FirstOfPairs(int register, AssemblerMemoryOperand pairs)
    {
        LowerHalves(register, pairs);
        _asm.vpsrld(Zmm(register), Zmm(register), 16);
    }

    /// <summary>The second of each pair: read again from the cache rather than kept in a register.</summary>
    private void UpperHalves(int register, AssemblerMemoryOperand pairs)
    {
        if (_form.Lanes == 16)
            _asm.vpandd(Zmm(register), Zmm(_mask), __zmmword_ptr[pairs]);
        else
            _asm.vandps(Ymm(register), Ymm(_mask), __ymmword_ptr[pairs]);
    }

    private void Move(int register, AssemblerMemoryOperand memory, bool load)
    {
        switch (_form.Lanes, load)
        {
            case (16, true):
                _asm.vmovups(Zmm(register), __zmmword_ptr[memory]);
                break;
            case (16, false):
                _asm.vmovups(__zmmword_ptr[memory], Zmm(register));
                break;
            case (_, true):
                _asm.vmovups(Ymm(register), __ymmword_ptr[memory]);
                break;
            default:
                _asm.vmovups(__ymmword_ptr[memory], Ymm(register));
                break;
        }
    }

    private static AssemblerRegisterZMM Zmm(int i) => new((Register)((int)Register.ZMM0 + i));

    private static AssemblerRegisterYMM Ymm(int i) => new((Register)((int)Register.YMM0 + i));

    private enum PanelStep
    {
        Even,
        Odd,
        Pair,
        LastOfPair,
    }
}
