using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// Assembles micro-kernels: (a, aStride, b, panelBytes, k, c, cStride) in rdi, rsi, rdx, rcx, r8, r9 and on the stack. Steps of the
/// contraction are in ascending order, one fused multiply-add (or one vdpbf16ps a pair) each: the contract of Device/MicroKernels.cs.
/// </summary>
internal sealed class DotAssembler : TileAssembler
{
    private readonly MachineForm _form;
    private readonly MicroKernel _kernel;
    private readonly int _panelRegister, _rowRegister, _mask;

    private DotAssembler(MachineForm form, MicroKernel kernel)
        : base(form.Lanes, kernel.Rows, kernel.Panels * form.Parts)
    {
        (_form, _kernel) = (form, kernel);
        _panelRegister = kernel.Rows * kernel.Panels * form.Parts;
        _rowRegister = form.Registers - 2;
        _mask = form.Registers - 1;
    }

    /// <summary>The instructions of one shape.</summary>
    public static IReadOnlyList<Instruction> Assemble(MachineForm form, MicroKernel kernel) => new DotAssembler(form, kernel).Assemble();

    private bool Pairs => _form.MultipliesPairs;

    private int RowBytes => Pairs ? 2 : 4;

    protected override void Emit()
    {
        var (loop, tail, done) = (Asm.CreateLabel(), Asm.CreateLabel(), Asm.CreateLabel());
        Accumulators(load: true);
        Asm.shl(rsi, (byte)(Pairs ? 1 : 2));
        if (!Pairs && !_kernel.Widened)
            Broadcast(_mask, unchecked((int)0xffff0000));
        RowMultiples();
        if (_kernel.Panels > 3)
            Asm.lea(rax, __[rcx + (rcx * 2)]);

        Asm.sub(r8, 2);
        Asm.jl(tail);
        Asm.Label(ref loop);
        // A widened panel was just made, and lies in the cache.
        for (int p = 0; p < _kernel.Panels && !_kernel.Widened; p++)
            Asm.prefetcht0(__byte_ptr[Panel(p, Ahead)]);
        if (Pairs)
        {
            Step(PanelStep.Pair);
        }
        else
        {
            Step(PanelStep.Even);
            Step(PanelStep.Odd);
        }

        Asm.add(rdi, 2 * RowBytes);
        Asm.add(rdx, _kernel.Widened ? 128 : 64);
        Asm.sub(r8, 2);
        Asm.jge(loop);
        Asm.Label(ref tail);
        Asm.add(r8, 2);
        Asm.je(done);
        Step(Pairs ? PanelStep.LastOfPair : PanelStep.Even);
        Asm.Label(ref done);
        Accumulators(load: false);
        Asm.vzeroupper();
        Asm.ret();
    }

    /// <summary>3, 5 and 7 times the stride of rows: with the scales 1, 2, 4 of an address they reach all 8 rows from one pointer.</summary>
    private void RowMultiples()
    {
        if (_kernel.Rows > 3)
            Asm.lea(r10, __[rsi + (rsi * 2)]);
        if (_kernel.Rows > 5)
            Asm.lea(r11, __[rsi + (rsi * 4)]);
        if (_kernel.Rows > 7)
            Asm.lea(rax, __[r10 + (rsi * 4)]);
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
                Asm.movzx(r8d, __word_ptr[element]);
                Asm.vpbroadcastd(Zmm(_rowRegister), r8d);
                break;
            case PanelStep.Pair:
                Asm.vpbroadcastd(Zmm(_rowRegister), __dword_ptr[element]);
                break;
            default:
                if (_form.Lanes == 16)
                    Asm.vbroadcastss(Zmm(_rowRegister), __dword_ptr[element]);
                else
                    Asm.vbroadcastss(Ymm(_rowRegister), __dword_ptr[element]);
                break;
        }
    }

    private void MultiplyAdd(int tile, int panel)
    {
        if (Pairs)
            Asm.vdpbf16ps(Zmm(tile), Zmm(panel), Zmm(_rowRegister));
        else if (_form.Lanes == 16)
            Asm.vfmadd231ps(Zmm(tile), Zmm(panel), Zmm(_rowRegister));
        else
            Asm.vfmadd231ps(Ymm(tile), Ymm(panel), Ymm(_rowRegister));
    }

    /// <summary>The first of each pair of bf16, as floats.</summary>
    private void LowerHalves(int register, AssemblerMemoryOperand pairs)
    {
        if (_form.Lanes == 16)
        {
            Asm.vpslld(Zmm(register), __zmmword_ptr[pairs], 16);
        }
        else
        {
            Asm.vmovups(Ymm(register), __ymmword_ptr[pairs]);
            Asm.vpslld(Ymm(register), Ymm(register), 16);
        }
    }

    /// <summary>The first of each pair of bf16 and zero: what follows the contraction may be NaN, and that times zero too.</summary>
    private void FirstOfPairs(int register, AssemblerMemoryOperand pairs)
    {
        LowerHalves(register, pairs);
        Asm.vpsrld(Zmm(register), Zmm(register), 16);
    }

    /// <summary>The second of each pair: read again from the cache rather than kept in a register.</summary>
    private void UpperHalves(int register, AssemblerMemoryOperand pairs)
    {
        if (_form.Lanes == 16)
            Asm.vpandd(Zmm(register), Zmm(_mask), __zmmword_ptr[pairs]);
        else
            Asm.vandps(Ymm(register), Ymm(_mask), __ymmword_ptr[pairs]);
    }

    private enum PanelStep
    {
        Even,
        Odd,
        Pair,
        LastOfPair,
    }
}
