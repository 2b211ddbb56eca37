namespace KernelDsl.Backends.Cpu.Device;

/// <summary>What micro-kernels are made of, in ascending order.</summary>
public enum InstructionSet
{
    /// <summary>Portable vectors: whatever the processor has, as .NET compiles them.</summary>
    Portable,

    /// <summary>x86-64 machine code with AVX2, FMA and F16C.</summary>
    Avx2,

    /// <summary>x86-64 machine code with AVX-512 (F, BW, DQ, VL).</summary>
    Avx512,

    /// <summary>The same with AVX512-VNNI: products of four bytes.</summary>
    Avx512Vnni,

    /// <summary>The same with AVX512-BF16 as well: products of bf16 pairs.</summary>
    Avx512Bf16,

    /// <summary>The same with AMX-BF16 as well: products of whole tiles, for weights. Only where it is asked for.</summary>
    Amx,
}

/// <summary>What follows from an instruction set.</summary>
public static class InstructionSets
{
    /// <summary>Whether panels of bf16 pairs are multiplied by rows of bf16, not of floats.</summary>
    public static bool MultipliesPairs(this InstructionSet set) => set >= InstructionSet.Avx512Bf16;
}
