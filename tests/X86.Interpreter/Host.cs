using System.Runtime.Intrinsics.X86;
using Iced.Intel;

namespace KernelDsl.X86Interpreter;

/// <summary>What this host's processor executes.</summary>
public static class Host
{
    /// <summary>What every processor with AVX has: not worth telling apart.</summary>
    public static IReadOnlySet<CpuidFeature> Baseline { get; } = new HashSet<CpuidFeature>
    {
        CpuidFeature.INTEL8086, CpuidFeature.INTEL186, CpuidFeature.INTEL386, CpuidFeature.X64, CpuidFeature.CMOV, CpuidFeature.MULTIBYTENOP, CpuidFeature.SSE,
    };

    /// <summary>The instruction sets above the baseline that it has and its system enables, among those that the interpreter knows.</summary>
    public static IReadOnlySet<CpuidFeature> Features { get; } = Detect().ToHashSet();

    /// <summary>Whether code with 256-bit vectors can be executed here at all.</summary>
    public static bool RunsAvx2 => NativeFunction.Works && Avx2.IsSupported;

    /// <summary>Whether code with 512-bit vectors and opmasks can be executed here.</summary>
    public static bool RunsAvx512 => NativeFunction.Works && Avx512BW.VL.IsSupported;

    private static IEnumerable<CpuidFeature> Detect()
    {
        if (!NativeFunction.Works) yield break;
        if (!Avx2.IsSupported) yield break;
        yield return CpuidFeature.AVX;
        yield return CpuidFeature.AVX2;
        if (Fma.IsSupported) yield return CpuidFeature.FMA;
        if (Bit(1, 0, r => r.Ecx, 29)) yield return CpuidFeature.F16C;
        if (Bit(7, 1, r => r.Eax, 4)) yield return CpuidFeature.AVX_VNNI;
        if (!RunsAvx512) yield break;
        foreach (var feature in (CpuidFeature[])[CpuidFeature.AVX512F, CpuidFeature.AVX512VL, CpuidFeature.AVX512BW, CpuidFeature.AVX512DQ])
            yield return feature;
        if (Bit(7, 0, r => r.Ecx, 11)) yield return CpuidFeature.AVX512_VNNI;
        if (Bit(7, 1, r => r.Eax, 5)) yield return CpuidFeature.AVX512_BF16;
        if (!Bit(7, 0, r => r.Edx, 24) || !RequestTiles()) yield break;
        yield return CpuidFeature.AMX_TILE;
        if (Bit(7, 0, r => r.Edx, 22)) yield return CpuidFeature.AMX_BF16;
    }

    /// <summary>Asks for tiles: Linux lets a process use them only after that, and refuses where it has not enabled them.</summary>
    private static bool RequestTiles()
    {
        // mov eax, arch_prctl; syscall; ret
        using var systemCall = new NativeFunction([0xB8, 158, 0, 0, 0, 0x0F, 0x05, 0xC3]);
        const ulong requestPermission = 0x1023, tileData = 18;
        return systemCall.Call(requestPermission, tileData) == 0;
    }

    private static bool Bit(int leaf, int subleaf, Func<(int Eax, int Ebx, int Ecx, int Edx), int> register, int bit) =>
        X86Base.CpuId(0, 0).Eax >= leaf && (register(X86Base.CpuId(leaf, subleaf)) >> bit & 1) != 0;
}
