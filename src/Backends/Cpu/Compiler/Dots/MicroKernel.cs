using KernelDsl.Generators.Model;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// What a register-blocked inner product is: c[rows, 16 · panels] += a[rows, k] · b. Both its forms are printed from this record: the
/// portable one by <see cref="PortableEmitter"/>, machine code by <see cref="DotAssembler"/>.
/// </summary>
/// <param name="Rows">Rows of a; each is read through its own pointer.</param>
/// <param name="Panels">Panels of 16 outputs; Rows times Panels accumulators stay in registers.</param>
/// <param name="Unroll">Steps of the contraction per iteration; 2 for bf16 pairs.</param>
/// <param name="Widened">Whether the panels are floats already, [k][16], instead of bf16 pairs, [k/2][16][2].</param>
internal sealed record MicroKernel(int Rows, int Panels, int Unroll, bool Widened)
{
    /// <summary>Rows of the largest shape.</summary>
    public const int MaxRows = 8;

    /// <summary>Panels of the widest shape.</summary>
    public const int MaxPanels = 4;

    // 24 accumulators and what feeds them fill the 32 registers of AVX-512; RyuJIT spills from 30 on. Processors with fewer or shorter
    // registers are given the shapes that fit theirs (Device/MicroKernels.cs).
    private const int Accumulators = 24;

    /// <summary>Method name: Bf16R8P3.</summary>
    public string Name => $"{(Widened ? "Float" : "Bf16")}R{Rows}P{Panels}";

    /// <summary>Member of Device/PanelFormat.</summary>
    public string Format => Widened ? "Float" : "Bf16Pairs";

    /// <summary>Every shape of the portable form.</summary>
    public static EquatableArray<MicroKernel> All { get; } =
        (from widened in new[] { false, true }
         from rows in Enumerable.Range(1, MaxRows)
         from panels in Enumerable.Range(1, Math.Min(MaxPanels, Accumulators / rows))
         select new MicroKernel(rows, panels, 2, widened)).ToEquatable();
}
