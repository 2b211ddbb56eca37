using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace KernelDsl.Backends.Cpu.Device;

/// <summary>
/// What this processor and system can run. Asked of cpuid rather than of .NET's IsSupported properties, which an ahead-of-time compiler
/// answers for the machine it compiles for.
/// </summary>
public static unsafe class Processor
{
    /// <summary>The variable that chooses another instruction set than the best: a lesser one, or AMX.</summary>
    public const string Variable = "KDSL_CPU";

    // xor ecx, ecx; xgetbv; shl rdx, 32; or rax, rdx; ret
    private static ReadOnlySpan<byte> GetEnabledState => [0x31, 0xC9, 0x0F, 0x01, 0xD0, 0x48, 0xC1, 0xE2, 0x20, 0x48, 0x09, 0xD0, 0xC3];

    /// <summary>The greatest this processor runs; AMX only if <see cref="Variable"/> asks for it, and the system agrees.</summary>
    public static InstructionSet Best { get; } = Detect(nameof(InstructionSet.Amx).Equals(Environment.GetEnvironmentVariable(Variable), StringComparison.OrdinalIgnoreCase));

    /// <summary>The set in use: the best, or what <see cref="Variable"/> asks for.</summary>
    /// <exception cref="PlatformNotSupportedException">The variable names no set, or one that this processor lacks.</exception>
    public static InstructionSet InstructionSet { get; } = Choose(Environment.GetEnvironmentVariable(Variable), Best);

    internal static InstructionSet Choose(string? wanted, InstructionSet best)
    {
        if (string.IsNullOrEmpty(wanted))
            return best;
        // By name: Enum.TryParse would take numbers and lists too.
        var allowed = Enum.GetValues<InstructionSet>().Where(s => s <= best).ToDictionary(static s => s.ToString().ToLowerInvariant(), StringComparer.OrdinalIgnoreCase);
        return allowed.TryGetValue(wanted, out var set) ? set
            : throw new PlatformNotSupportedException($"{Variable} is '{wanted}'; on this processor it may be {string.Join(", ", allowed.Keys)}");
    }

    private static InstructionSet Detect(bool tilesWanted)
    {
        // The code follows the System V calling convention.
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || OperatingSystem.IsWindows() || !MachineCode.IsPossible)
            return InstructionSet.Portable;
        const int fma = 1 << 12, osXsave = 1 << 27, avx = 1 << 28, f16c = 1 << 29;
        int needed = fma | osXsave | avx | f16c;
        if (X86Base.CpuId(0, 0).Eax < 7 || (X86Base.CpuId(1, 0).Ecx & needed) != needed)
            return InstructionSet.Portable;

        // What the system saves on a context switch: ymm (bits 1 and 2); opmasks and zmm (bits 5 to 7).
        long enabled = ((delegate* unmanaged<long>)MachineCode.Map(GetEnabledState))();
        var leaf7 = X86Base.CpuId(7, 0);
        const int avx2 = 1 << 5;
        if ((enabled & 0x6) != 0x6 || (leaf7.Ebx & avx2) == 0)
            return InstructionSet.Portable;
        const int avx512 = (1 << 16) | (1 << 17) | (1 << 30) | (1 << 31);
        if ((enabled & 0xe6) != 0xe6 || (leaf7.Ebx & avx512) != avx512)
            return InstructionSet.Avx2;
        const int vnni = 1 << 11, bf16 = 1 << 5;
        if ((leaf7.Ecx & vnni) == 0)
            return InstructionSet.Avx512;
        if (leaf7.Eax < 1 || (X86Base.CpuId(7, 1).Eax & bf16) == 0)
            return InstructionSet.Avx512Vnni;
        // AMX-BF16 and AMX-TILE; tiles and their configuration (bits 17 and 18). Not by default: its code has not been run yet.
        const int amx = (1 << 22) | (1 << 24);
        return tilesWanted && (leaf7.Edx & amx) == amx && (enabled & 0x60000) == 0x60000 && TilePermission.Request() ? InstructionSet.Amx : InstructionSet.Avx512Bf16;
    }
}
