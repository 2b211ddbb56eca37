namespace KernelDsl.Backends.Ilgpu;

/// <summary>Groups of a launch along x, y and z.</summary>
public readonly record struct GroupCounts(int X, int Y, int Z)
{
    /// <summary>Whether there is nothing to run.</summary>
    public bool IsEmpty => X <= 0 || Y <= 0 || Z <= 0;
}

/// <summary>What a launch computes from its arguments before anything device-specific happens.</summary>
public static class LaunchPlan
{
    /// <summary>Largest number of groups a CUDA grid takes along y or z.</summary>
    public const int MaximumGroupsYZ = 65535;

    /// <summary>Groups that the arguments ask of an entry.</summary>
    /// <exception cref="ArgumentException">More groups along y or z than a device takes.</exception>
    public static GroupCounts Groups(KernelEntry entry, ReadOnlySpan<KernelArgument> arguments)
    {
        var groups = new GroupCounts(Count(entry, 0, arguments), Count(entry, 1, arguments), Count(entry, 2, arguments));
        if (groups.Y > MaximumGroupsYZ || groups.Z > MaximumGroupsYZ)
            throw new ArgumentException($"{entry.Kernel}: {groups.Y} x {groups.Z} groups along y and z, a CUDA grid takes at most {MaximumGroupsYZ}; " +
                "launch fewer rows at once");
        return groups;
    }

    /// <summary>The entry, among variants of one kernel that differ in block sizes, whose groups cover the arguments with the least waste;
    /// the one with fewer groups when equal.</summary>
    public static KernelEntry Choose(ReadOnlySpan<KernelEntry> variants, ReadOnlySpan<KernelArgument> arguments)
    {
        if (variants.IsEmpty) throw new ArgumentException("no variant to choose from");
        var best = variants[0];
        var bestCost = Cost(best, arguments);
        foreach (var variant in variants[1..])
        {
            var cost = Cost(variant, arguments);
            if (cost.CompareTo(bestCost) >= 0) continue;
            (best, bestCost) = (variant, cost);
        }
        return best;
    }

    /// <summary>Checks that bound arguments fit an entry.</summary>
    /// <exception cref="ArgumentException">Wrong count; KDSL0050: a view's innermost stride is not 1; KDSL0140: a cache is not stored as bf16.</exception>
    public static void Validate(KernelEntry entry, ReadOnlySpan<KernelArgument> arguments)
    {
        if (arguments.Length != entry.Parameters.Count)
            throw new ArgumentException($"{entry.Kernel} takes {entry.Parameters.Count} arguments ({string.Join(", ", entry.Parameters.Select(p => p.Name))}), " +
                $"got {arguments.Length}");
        for (int i = 0; i < arguments.Length; i++)
        {
            var parameter = entry.Parameters[i];
            if (parameter.Kind == ParameterKind.Paged && arguments[i].CacheFormat != CacheFormat.BFloat16)
                throw new ArgumentException($"KDSL0140: '{parameter.Name}': a paged cache of {arguments[i].CacheFormat.ShortName()} is not lowered for Cuda yet; bf16 is");
            if (parameter.Rank == 0 || parameter.Kind == ParameterKind.Weight) continue;
            long innermost = Stride(arguments[i], parameter.Rank - 1);
            if (parameter.Rank < 4 && Dim(arguments[i], parameter.Rank - 1) > 1 && innermost != 1)
                throw new ArgumentException($"KDSL0050: '{parameter.Name}': innermost stride is {innermost}, must be 1");
        }
    }

    /// <summary>Elements from a view's first to its last, which is the length its device parameter states.</summary>
    public static long Span(EntryParameter parameter, in KernelArgument argument)
    {
        if (parameter.Kind == ParameterKind.Weight) return (long)argument.Dim0 * argument.Dim1;
        long last = 0;
        for (int d = 0; d < parameter.Rank; d++)
        {
            int dim = Dim(argument, d);
            if (dim == 0) return 0;
            last += (dim - 1) * (d == parameter.Rank - 1 ? 1 : Stride(argument, d));
        }
        return last + 1;
    }

    /// <summary>Dimension <paramref name="d"/> of a view.</summary>
    public static int Dim(in KernelArgument argument, int d) => d switch { 0 => argument.Dim0, 1 => argument.Dim1, 2 => argument.Dim2, _ => argument.Dim3 };

    /// <summary>Stride, in elements, of dimension <paramref name="d"/>; 1 for the fourth.</summary>
    public static long Stride(in KernelArgument argument, int d) => d switch { 0 => argument.Stride0, 1 => argument.Stride1, 2 => argument.Stride2, _ => 1 };

    private static int Count(KernelEntry entry, int axis, ReadOnlySpan<KernelArgument> arguments)
    {
        int extent = LaunchExpression.Evaluate(entry.Grid[axis].Extent, arguments);
        return (extent + entry.Grid[axis].Block - 1) / entry.Grid[axis].Block;
    }

    private static (long Covered, long Groups) Cost(KernelEntry entry, ReadOnlySpan<KernelArgument> arguments)
    {
        long covered = 1, groups = 1;
        for (int axis = 0; axis < 3; axis++)
        {
            long count = Count(entry, axis, arguments);
            (covered, groups) = (covered * count * entry.Grid[axis].Block, groups * count);
        }
        return (covered, groups);
    }
}
