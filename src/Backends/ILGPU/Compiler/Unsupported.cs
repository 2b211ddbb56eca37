using KernelDsl.Generators.Backend;
using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Ilgpu;

/// <summary>What this back end does not lower yet, and what a device cannot hold, found before any code is printed.</summary>
internal static class Unsupported
{
    /// <summary>KDSL0140 for constructs without a lowering, KDSL0120 for too much shared memory, KDSL0121 (a warning) for too many registers.</summary>
    public static IEnumerable<BackendDiagnostic> In(Kernel kernel, Limits limits)
    {
        var constructs = Constructs(kernel).Distinct().Select(c => new BackendDiagnostic("KDSL0140", new([kernel.Name, c, "Cuda"]))).ToList();
        return constructs.Count > 0 ? constructs : Sizes(kernel, limits);
    }

    private static IEnumerable<string> Constructs(Kernel kernel)
    {
        foreach (var p in kernel.Parameters)
        {
            if (p.Kind == ParameterKind.Paged) yield return $"the paged cache '{p.Name}'";
            if (p.Element == Element.F16) yield return $"'{p.Name}' of half";
            if (p.Kind == ParameterKind.Weight && p.Element != Element.BF16) yield return $"weight '{p.Name}' of {p.Element}";
            if (p.Rank > 4) yield return $"'{p.Name}' of {p.Rank} dimensions";
        }
        if (kernel.Schedule.Warps is not (0 or 1 or 2 or 4 or 8 or 16 or 32))
            yield return $"Warps = {kernel.Schedule.Warps} (1, 2, 4, 8, 16 and 32 are)";
        foreach (var axis in kernel.Grid)
            if (ScalarText.Postfix(axis.Extent, kernel.Parameters) is null) yield return $"the grid extent {axis.Extent}";

        var written = new HashSet<string>(Walk.All(kernel.Body).OfType<Store>().Select(static s => s.View));
        foreach (var op in Walk.All(kernel.Body))
        {
            foreach (var read in Walk.Scalars(op).SelectMany(Reads))
                if (written.Contains(read.View)) yield return $"the uniform read {read} of a view that it writes";
            if (Construct(op) is { } construct) yield return construct;
        }
    }

    private static string? Construct(Op op) => op switch
    {
        Ir.Convert { Result.Element: Element.I32 or Element.F16 } c => $"conversion to {c.Result.Element}",
        Dot { A.Element: Element.I32 or Element.F16 } or Dot { B.Element: Element.I32 or Element.F16 } => "Dot of elements other than bf16 and float",
        Transpose { Source: { Rows.Length: > 1, Cols.Length: > 1 } } => "the transpose of a tile that is neither a row nor a column",
        Load or Store or Let or Guard or Fill or Elementwise or Ir.Convert or Reduce or Select or Dot or Transpose or BlockLoop or IndexLoop => null,
        _ => $"the operation {op.GetType().Name}",
    };

    private static IEnumerable<ScalarRead> Reads(Scalar scalar) => scalar switch
    {
        ScalarRead r => r.Indices.SelectMany(Reads).Append(r),
        ScalarBinary b => Reads(b.A).Concat(Reads(b.B)),
        ScalarSelect s => Reads(s.Condition).Concat(Reads(s.A)).Concat(Reads(s.B)),
        ScalarToFloat f => Reads(f.Value),
        _ => [],
    };

    private static IEnumerable<BackendDiagnostic> Sizes(Kernel kernel, Limits limits)
    {
        int shared = CudaLowering.SharedBytes(kernel), registers = CudaLowering.LargestTile(kernel);
        string blocks = string.Join(", ", kernel.Constants.Select(static c => $"{c.Name} = {c.Value}"));
        if (shared > limits.ScratchBytes)
            yield return new("KDSL0120", new([kernel.Name, "shared memory", Kib(shared), Kib(limits.ScratchBytes), blocks]));
        if (registers > CudaCompiler.RegistersPerThread)
            yield return new("KDSL0121", new([kernel.Name, registers.ToString()]));
    }

    private static string Kib(int bytes) => ((bytes + 1023) / 1024).ToString();
}
