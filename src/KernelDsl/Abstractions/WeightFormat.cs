namespace KernelDsl;

/// <summary>What the numbers of a packed weight are stored as.</summary>
public enum WeightEncoding
{
    /// <summary>bf16.</summary>
    BFloat16,

    /// <summary>Integers from -127 to 127 (-128 to 127 with zero points).</summary>
    Int8,

    /// <summary>Integers from 0 to 15; 8 is zero where there are no zero points.</summary>
    Int4,
}

/// <summary>
/// How a <c>Weight</c> is stored. A kernel reads bf16 whatever it is; the back end multiplies what is stored: bf16, or integers q with a
/// scale, and perhaps a zero point, for each group of consecutive inputs of an output: w = scale · (q - zero).
/// </summary>
/// <param name="Encoding">The numbers.</param>
/// <param name="Group">Inputs that share a scale: a multiple of 32 that divides the inputs; 0 for bf16.</param>
/// <param name="HasZeros">Whether groups have zero points.</param>
public readonly record struct WeightFormat(WeightEncoding Encoding, int Group, bool HasZeros)
{
    /// <summary>Inputs of the smallest group, and of the blocks in which activations are quantised.</summary>
    public const int Block = 32;

    /// <summary>Inputs of the longest group that is packed, which the others divide: a dot over a part of the inputs begins at a multiple of it.</summary>
    public const int LongestPacked = 128;

    /// <summary>What kernels read, whatever is stored.</summary>
    public const ElementType ReadsAs = ElementType.BFloat16;

    /// <summary>Not quantised.</summary>
    public static WeightFormat BFloat16 => default;

    /// <summary>Whether the numbers are integers.</summary>
    public bool IsQuantised => Encoding != WeightEncoding.BFloat16;

    /// <summary>The integer that stands for 0 where there are no zero points.</summary>
    public int Centre => Encoding == WeightEncoding.Int4 ? 8 : 0;

    /// <summary>8 bits a weight, symmetric.</summary>
    public static WeightFormat Int8(int group = Block) => new(WeightEncoding.Int8, group, false);

    /// <summary>4 bits a weight.</summary>
    public static WeightFormat Int4(int group = Block, bool hasZeros = false) => new(WeightEncoding.Int4, group, hasZeros);

    /// <summary>Why this format cannot hold rows of so many inputs, or null.</summary>
    public string? FaultFor(int inputs) =>
        !IsQuantised ? null
        : Group <= 0 || Group % Block != 0 ? $"groups of {Group} inputs; a group has a multiple of {Block}"
        : inputs % Group != 0 ? $"{inputs} inputs are no whole number of groups of {Group}"
        : null;

    /// <inheritdoc/>
    public override string ToString() =>
        !IsQuantised ? "bf16" : $"{(Encoding == WeightEncoding.Int8 ? "int8" : "int4")} in groups of {Group}{(HasZeros ? " with zero points" : "")}";
}
