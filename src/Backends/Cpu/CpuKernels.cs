using System.Collections.Concurrent;

namespace KernelDsl.Backends.Cpu;

/// <summary>A use of a paged parameter that the launcher must check.</summary>
/// <param name="Parameter">Index of the parameter.</param>
/// <param name="Block">Positions that the kernel takes at once.</param>
/// <param name="Layout">The layout that its dots read; null when it moves elements one by one.</param>
/// <param name="Stored">Lanes of a vector that it stores at once from the first on; 0: it stores them otherwise; null: it loads.</param>
public sealed record CpuPagedUse(int Parameter, int Block, PageLayout? Layout, int? Stored);

/// <summary>A bf16 view whose rows dots multiply by a weight as they are: the launcher may prepare them once for all programs.</summary>
/// <param name="Rows">Index of the view's parameter.</param>
/// <param name="Weight">Index of the weight's.</param>
public sealed record CpuRowsUse(int Rows, int Weight);

/// <summary>One compiled variant: what the generator knows of it and its two entry points.</summary>
public sealed unsafe class CpuVariant
{
    /// <param name="name">Its constants and blocks: BM8_BN64_D128.</param>
    /// <param name="constants">Values of the [Const] parameters.</param>
    /// <param name="blocks">Block lengths of the three grid axes.</param>
    /// <param name="scratchBytes">Scratch memory of a program.</param>
    /// <param name="pagedUses">What to check of paged arguments.</param>
    /// <param name="rowsUses">What to prepare.</param>
    /// <param name="extents">Computes the extents of the grid's axes from the arguments.</param>
    /// <param name="program">Runs the program at a grid position.</param>
    public CpuVariant(string name, ConstantValue[] constants, int[] blocks, int scratchBytes, CpuPagedUse[] pagedUses, CpuRowsUse[] rowsUses,
        delegate*<KernelArgument*, int*, void> extents, delegate*<KernelArgument*, float*, int, int, int, void> program)
    {
        (Name, Constants, Blocks, ScratchBytes, PagedUses, RowsUses) = (name, constants, blocks, scratchBytes, pagedUses, rowsUses);
        Extents = extents;
        Program = program;
    }

    /// <summary>Its constants and blocks.</summary>
    public string Name { get; }

    /// <summary>Values of the [Const] parameters.</summary>
    public IReadOnlyList<ConstantValue> Constants { get; }

    /// <summary>Block lengths of the three grid axes.</summary>
    public IReadOnlyList<int> Blocks { get; }

    /// <summary>Scratch memory of a program.</summary>
    public int ScratchBytes { get; }

    /// <summary>What to check of paged arguments.</summary>
    public IReadOnlyList<CpuPagedUse> PagedUses { get; }

    /// <summary>What to prepare.</summary>
    public IReadOnlyList<CpuRowsUse> RowsUses { get; }

    /// <summary>Computes the extents of the grid's axes.</summary>
    public delegate*<KernelArgument*, int*, void> Extents { get; }

    /// <summary>Runs one program.</summary>
    public delegate*<KernelArgument*, float*, int, int, int, void> Program { get; }
}

/// <summary>The compiled kernels of this process: every assembly with kernels adds its own when it is loaded.</summary>
public static class CpuKernels
{
    private static readonly ConcurrentDictionary<string, Func<CpuVariant[]>> _kernels = new();

    /// <summary>Registers a kernel's variants, in the order of its schedules.</summary>
    public static void Add(string kernel, Func<CpuVariant[]> variants) => _kernels[kernel] = variants;

    /// <summary>All variants of a kernel, or null when none was compiled.</summary>
    public static CpuVariant[]? Find(string kernel) => _kernels.TryGetValue(kernel, out var variants) ? variants() : null;
}
