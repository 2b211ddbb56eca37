using KernelDsl.Generators.Model;

namespace KernelDsl.Generators.Ir;

/// <summary>What a parameter of a kernel is. Same names as KernelDsl.ParameterKind.</summary>
public enum ParameterKind
{
    In, Out, InOut, Weight, Paged, Int, Float,
}

/// <summary>A run-time parameter. Rank is the number of indices the kernel uses; 0 for scalars.</summary>
public sealed record Parameter(string Name, ParameterKind Kind, Element Element, int Rank, bool Reads, bool Writes);

/// <summary>A [Const] or [Block] parameter and the value this variant was built for.</summary>
public sealed record Constant(string Name, int Value, bool IsBlock);

/// <summary>A grid axis: programs 0 .. ceil(Extent / Block). Extent depends on parameters only.</summary>
public sealed record GridAxis(Scalar Extent, int Block);

/// <summary>The knobs of one [Schedule] that are not block sizes.</summary>
public sealed record Schedule(string Target, int Warps, int Stages, bool Cube);

/// <summary>
/// One variant of a kernel for one target: every [Const] and [Block] has a value. Grid[0..2] are x, y, z; an unused axis has extent 1.
/// Equal when its printed text is equal.
/// </summary>
public sealed record Kernel(
    string Name,
    EquatableArray<Parameter> Parameters,
    EquatableArray<Constant> Constants,
    Schedule Schedule,
    EquatableArray<GridAxis> Grid,
    EquatableArray<Op> Body)
{
    /// <summary>"BM8_BN64_D128": names a variant among its siblings; "" when there are no constants.</summary>
    public string VariantSuffix => string.Join("_", Constants.Select(static c => c.Name + c.Value));

    /// <summary>The view or scalar parameter of that name.</summary>
    public Parameter ParameterOf(string name) => Parameters.First(p => p.Name == name);
}
