using KernelDsl.Backends.Cpu.Device;
using KernelDsl.Runtime.Backend;

namespace KernelDsl.Backends.Cpu;

/// <summary>A kernel with its constants chosen: the variants that differ in schedule only.</summary>
public sealed unsafe class CpuKernel : ICompiledKernel
{
    private readonly CpuVariant[] _variants;

    /// <exception cref="KernelNotBuiltException">KDSL0052.</exception>
    internal CpuKernel(KernelInfo info, IReadOnlyDictionary<string, int> constants)
    {
        Info = info;
        var all = CpuKernels.Find(info.Name)
            ?? throw new KernelNotBuiltException($"KDSL0052: no variant of '{info.Name}' for the CPU; it was not compiled into this program");
        foreach (var constant in info.Constants)
            if (!constants.ContainsKey(constant.Name))
                throw new KernelNotBuiltException($"KDSL0052: no value for constant '{constant.Name}' of '{info.Name}'; built: {string.Join(", ", constant.Values)}");
        _variants = Array.FindAll(all, v => v.Constants.All(c => constants.TryGetValue(c.Name, out int value) && value == c.Value));
        if (_variants.Length == 0)
            throw new KernelNotBuiltException($"KDSL0052: no variant of '{info.Name}' for {Listed(constants)}; built: {Built(all)}");
    }

    private CpuKernel(KernelInfo info, CpuVariant variant) => (Info, _variants) = (info, [variant]);

    /// <inheritdoc/>
    public KernelInfo Info { get; }

    /// <summary>The variants that differ in schedule only.</summary>
    public IReadOnlyList<CpuVariant> Variants => _variants;

    /// <summary>The kernel with its choice of schedule taken away: tests and benchmarks reach every variant by name.</summary>
    public CpuKernel Only(string variant) => new(Info, _variants.First(v => v.Name == variant));

    /// <inheritdoc/>
    public void Validate(ReadOnlySpan<KernelArgument> arguments)
    {
        if (arguments.Length != Info.Parameters.Length)
            throw new ArgumentException($"'{Info.Name}' has {Info.Parameters.Length} parameters, {arguments.Length} arguments were bound");
        for (int i = 0; i < arguments.Length; i++)
            Validate(Info.Parameters[i], arguments[i]);
        foreach (var use in _variants.SelectMany(static v => v.PagedUses))
            Validate(Info.Parameters[use.Parameter].Name, use, arguments[use.Parameter]);
    }

    /// <summary>
    /// The variant for the extents at hand: along the first axis where variants differ, the smallest block that covers the extent, or
    /// else the largest block; then along the next axis.
    /// </summary>
    internal CpuVariant Choose(KernelArgument* arguments, int* extents)
    {
        var best = _variants[0];
        best.Extents(arguments, extents);
        for (int i = 1; i < _variants.Length; i++)
            if (IsBetter(_variants[i], best, extents))
                best = _variants[i];
        return best;
    }

    private static bool IsBetter(CpuVariant candidate, CpuVariant best, int* extents)
    {
        for (int d = 0; d < 3; d++)
        {
            int a = candidate.Blocks[d], b = best.Blocks[d];
            if (a == b)
                continue;
            bool aCovers = a >= extents[d], bCovers = b >= extents[d];
            return aCovers != bCovers ? aCovers : aCovers ? a < b : a > b;
        }

        return false;
    }

    private void Validate(KernelParameter parameter, in KernelArgument argument)
    {
        if (parameter.Kind is ParameterKind.Int or ParameterKind.Float)
            return;
        long elements = (long)argument.Dim0 * Math.Max(1, argument.Dim1);
        if (argument.Data == null && elements != 0)
            throw new ArgumentException($"'{Info.Name}': '{parameter.Name}' is bound to no memory");
        if (parameter.Kind == ParameterKind.Paged && argument.PageTable == null)
            throw new ArgumentException($"'{Info.Name}': '{parameter.Name}' has no page table");
        // The innermost stride has no field: it is 1. What a view of several dimensions can get wrong is an outer stride below a row.
        int last = parameter.Rank switch { 2 => argument.Dim1, 3 => argument.Dim2, 4 => argument.Dim3, _ => 0 };
        long stride = parameter.Rank switch { 2 => argument.Stride0, 3 => argument.Stride1, 4 => argument.Stride2, _ => long.MaxValue };
        if (parameter.Kind is ParameterKind.In or ParameterKind.Out or ParameterKind.InOut && stride < last && stride != 0)
            throw new ArgumentException($"KDSL0050: '{Info.Name}': rows of '{parameter.Name}' are {last} elements long and {stride} apart; the innermost stride must be 1");
    }

    private void Validate(string parameter, CpuPagedUse use, in KernelArgument argument)
    {
        int page = argument.PageSize;
        if (page <= 0 || page % Panels.Width != 0 || (use.Block > 1 && page % use.Block != 0 && use.Block % page != 0))
            throw new ArgumentException($"KDSL0051: '{Info.Name}': page size {page} of '{parameter}' and BN = {use.Block}: one must divide the other, and pages hold a multiple of {Panels.Width} positions");
        if (argument.CacheFormat == CacheFormat.Int8 && use.Stored is { } lanes && lanes != argument.Dim3)
            throw new ArgumentException($"KDSL0053: '{Info.Name}' stores {(lanes == 0 ? "lanes one by one" : $"{lanes} lanes")} into int8 pages of '{parameter}': a vector of {argument.Dim3} lanes has one scale and is stored whole");
        if (use.Layout is { } layout && layout != argument.Layout)
            throw new ArgumentException($"'{Info.Name}' contracts '{parameter}' as {layout}, its pages are laid out {argument.Layout}");
    }

    private static string Listed(IReadOnlyDictionary<string, int> constants) => string.Join(", ", constants.Select(static c => $"{c.Key} = {c.Value}"));

    private static string Built(CpuVariant[] all) =>
        string.Join("; ", all.Select(static v => string.Join(", ", v.Constants.Select(static c => $"{c.Name} = {c.Value}"))).Distinct());
}
