using KernelDsl.Generators.Model;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// What a register-blocked inner product is: c[rows, 16 · panels] += a[rows, k] · b. Both its forms are printed from this record: the
/// portable one by <see cref="DotEmitter"/>, and machine code where C# has no instruction for it.
/// </summary>
/// <param name="Rows">Rows of a; each is read through its own pointer.</param>
/// <param name="Panels">Panels of 16 outputs; Rows times Panels accumulators stay in registers.</param>
/// <param name="Unroll">Steps of the contraction per iteration; 2 for bf16 pairs.</param>
/// <param name="Widened">Whether the panels are floats already, [k][16], instead of bf16 pairs, [k/2][16][2].</param>
internal sealed record MicroKernel(int Rows, int Panels, int Unroll, bool Widened)
{
    /// <summary>Rows of the largest shape.</summary>
    public const int MaxRows = 8;

    // 24 accumulators and what feeds them fill the 32 registers; RyuJIT spills from 30 on.
    private const int Accumulators = 24, MaxPanels = 4;

    /// <summary>Method name: Bf16R8P3.</summary>
    public string Name => $"{(Widened ? "Float" : "Bf16")}R{Rows}P{Panels}";

    /// <summary>Every shape the dots of an assembly are cut into.</summary>
    public static EquatableArray<MicroKernel> All { get; } =
        (from widened in new[] { false, true }
         from rows in Enumerable.Range(1, MaxRows)
         from panels in Enumerable.Range(1, Math.Min(MaxPanels, Accumulators / rows))
         select new MicroKernel(rows, panels, 2, widened)).ToEquatable();
}
