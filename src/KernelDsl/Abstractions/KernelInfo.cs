using System.Collections.Immutable;

namespace KernelDsl;

/// <summary>What a parameter of a kernel is, and so what the launcher must bind to it.</summary>
public enum ParameterKind : byte
{
    /// <summary>A tensor that is read.</summary>
    In,

    /// <summary>A tensor that is written.</summary>
    Out,

    /// <summary>A tensor that is read and written.</summary>
    InOut,

    /// <summary>A weight matrix [out, in] in the back end's own packed layout.</summary>
    Weight,

    /// <summary>A KV cache [sequence, position, head, lane] seen through its page table, in the back end's own page layout.</summary>
    Paged,

    /// <summary>A 32-bit integer.</summary>
    Int,

    /// <summary>A 32-bit float.</summary>
    Float,
}

/// <summary>One run-time parameter of a kernel, in declaration order ([Const] and [Block] parameters are not among them).</summary>
/// <param name="Name">The parameter's name in the kernel's source.</param>
/// <param name="Kind">What is bound to it.</param>
/// <param name="Element">Element type of a view; Int32 or Float32 for a scalar.</param>
/// <param name="Rank">Number of dimensions of a view as the kernel indexes it; 0 for a scalar.</param>
/// <param name="Reads">Whether the kernel reads it.</param>
/// <param name="Writes">Whether the kernel writes it.</param>
public sealed record KernelParameter(string Name, ParameterKind Kind, ElementType Element, int Rank, bool Reads, bool Writes);

/// <summary>A [Const] parameter: a compile-time constant with one variant built for each listed value.</summary>
public sealed record KernelConstant(string Name, ImmutableArray<int> Values);

/// <summary>What generated code publishes of a kernel, the same for every target: its name, parameters and constants.</summary>
/// <param name="Name">"Class.Method", for example "Norm.RmsNorm"; unique in a program, the key under which back ends find their variants.</param>
public sealed record KernelInfo(string Name, ImmutableArray<KernelParameter> Parameters, ImmutableArray<KernelConstant> Constants);
