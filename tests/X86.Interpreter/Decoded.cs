using Iced.Intel;
using KernelDsl.X86Interpreter.Instructions;

namespace KernelDsl.X86Interpreter;

/// <summary>One instruction with everything that is known before it runs.</summary>
internal sealed class Decoded
{
    private readonly Instruction _instruction;

    public Decoded(in Instruction instruction)
    {
        _instruction = instruction;
        Handler = InstructionTable.Find(instruction);
        Features = [.. instruction.CpuidFeatures.Except(Host.Baseline)];
        FlagsRead = instruction.RflagsRead;
        FlagsDefined = instruction.RflagsModified & ~instruction.RflagsUndefined;
        FlagsUndefined = instruction.RflagsUndefined;
    }

    public ref readonly Instruction Instruction => ref _instruction;

    /// <summary>What executes it; null when nothing does.</summary>
    public Handler? Handler { get; }

    /// <summary>The instruction sets above the baseline that it belongs to.</summary>
    public CpuidFeature[] Features { get; }
    public RflagsBits FlagsRead { get; }
    public RflagsBits FlagsDefined { get; }
    public RflagsBits FlagsUndefined { get; }
}
