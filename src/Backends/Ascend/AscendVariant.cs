using System.Collections.Immutable;

namespace KernelDsl.Backends.Ascend;

/// <summary>The kind of core that runs a kernel: launches count cores of that kind.</summary>
public enum AscendCore
{
    /// <summary>AIV: vector unit and unified buffer.</summary>
    Vector,

    /// <summary>AIC: cube unit, L1 and L0.</summary>
    Cube,
}

/// <summary>The value of a [Const] or [Block] parameter that a variant was built for.</summary>
public readonly record struct VariantConstant(string Name, int Value, bool IsBlock);

/// <summary>One compiled variant of a kernel: its AscendC text and what a launch needs. Generated code derives one class per variant.</summary>
/// <param name="kernel">The kernel's name, as in <see cref="KernelInfo.Name"/>.</param>
/// <param name="entry">The device function; its one parameter is the device address of the <see cref="KernelArgument"/> array.</param>
/// <param name="core">The kind of core that runs it.</param>
/// <param name="constants">The values it was built for.</param>
public abstract class AscendVariant(string kernel, string entry, AscendCore core, ImmutableArray<VariantConstant> constants)
{
    /// <summary>The kernel's name.</summary>
    public string Kernel { get; } = kernel;

    /// <summary>The device function's name.</summary>
    public string Entry { get; } = entry;

    /// <summary>The kind of core that runs it.</summary>
    public AscendCore Core { get; } = core;

    /// <summary>The values it was built for.</summary>
    public ImmutableArray<VariantConstant> Constants { get; } = constants;

    /// <summary>The AscendC file as UTF-8; includes a header of Device.</summary>
    public abstract ReadOnlySpan<byte> Source { get; }

    /// <summary>How many programs the arguments ask for; a launch takes the smaller of this and the device's cores.</summary>
    public abstract int Programs(ReadOnlySpan<KernelArgument> arguments);
}
