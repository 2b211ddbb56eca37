using Iced.Intel;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// What all micro-kernels are: functions for x86-64 in System V calling convention, leaves. No frame, no call, nothing below the stack
/// pointer but the red zone, only registers that the caller saves; so they need no unwind information, and a signal finds nothing unusual.
/// </summary>
internal abstract class LeafAssembler
{
    /// <summary>Where the instructions go.</summary>
    protected Assembler Asm { get; } = new(64);

    /// <summary>Prints the function and takes its instructions.</summary>
    protected IReadOnlyList<Instruction> Assemble()
    {
        Emit();
        return [.. Asm.Instructions];
    }

    /// <summary>Prints the function.</summary>
    protected abstract void Emit();

    protected static AssemblerRegisterXMM Xmm(int i) => new((Register)((int)Register.XMM0 + i));

    protected static AssemblerRegisterYMM Ymm(int i) => new((Register)((int)Register.YMM0 + i));

    protected static AssemblerRegisterZMM Zmm(int i) => new((Register)((int)Register.ZMM0 + i));
}
