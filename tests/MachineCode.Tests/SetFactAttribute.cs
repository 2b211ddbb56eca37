using KernelDsl.Backends.Cpu.Device;

namespace KernelDsl.MachineTests;

/// <summary>A fact that needs an instruction set of this host; skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SetFactAttribute : FactAttribute
{
    public SetFactAttribute(InstructionSet set)
    {
        if (set > Processor.Best)
            Skip = $"{set}: this host runs {Processor.Best} at most; its code is interpreted only";
    }
}
