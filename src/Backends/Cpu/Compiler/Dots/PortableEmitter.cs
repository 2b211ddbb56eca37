using KernelDsl.Generators.Emit;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// Prints micro-kernels in portable vectors. RyuJIT keeps named accumulators in registers and nothing else, hence no arrays and no inner
/// loops. The sum order is part of the contract (Device/MicroKernels.cs): k ascending, one fused multiply-add a step.
/// </summary>
internal static class PortableEmitter
{
    /// <summary>The method that enters the shapes.</summary>
    public static void EmitTable(CodeWriter w)
    {
        w.Line();
        using var method = w.Block("private static void Portable(MicroKernels table)");
        foreach (var kernel in MicroKernel.All)
            w.Line($"table.Add(PanelFormat.{kernel.Format}, {kernel.Rows}, {kernel.Panels}, &{kernel.Name});");
    }

    /// <summary>The shapes.</summary>
    public static void EmitCode(CodeWriter w)
    {
        foreach (var kernel in MicroKernel.All)
            Emit(kernel, w);
    }

    private static void Emit(MicroKernel kernel, CodeWriter w)
    {
        var rows = Enumerable.Range(0, kernel.Rows).ToList();
        var panels = Enumerable.Range(0, kernel.Panels).ToList();
        w.Line();
        using var method = w.Block($"private static void {kernel.Name}(float* a0, nint aStride, byte* b, nint panelBytes, nint k, float* c, nint cStride)");
        foreach (int r in rows.Skip(1))
            w.Line($"float* a{r} = a{r - 1} + aStride;");
        foreach (int r in rows)
            foreach (int p in panels)
                w.Line($"var c{r}{p} = Vector512.Load(c + {Offset("cStride", r)}{p * 16});");
        w.Line("nint i = 0;");
        int bytes = kernel.Unroll * (kernel.Widened ? 64 : 32);
        using (w.Block($"for (; i + {kernel.Unroll} <= k; i += {kernel.Unroll}, b += {bytes})"))
        {
            for (int step = 0; step < kernel.Unroll; step++)
                Step(kernel, step, w);
        }

        using (w.Block(kernel.Unroll == 2 ? "if (i < k)" : "for (; i < k; i++, b += 64)"))
            Step(kernel, 0, w);
        foreach (int r in rows)
            foreach (int p in panels)
                w.Line($"c{r}{p}.Store(c + {Offset("cStride", r)}{p * 16});");
    }

    private static void Step(MicroKernel kernel, int step, CodeWriter w)
    {
        // A pair's halves are widened separately: the second reading hits the cache, a register held across both would spill.
        for (int p = 0; p < kernel.Panels; p++)
        {
            string address = $"b + {Offset("panelBytes", p)}";
            w.Line(kernel.Widened ? $"var b{step}{p} = Vector512.Load((float*)({address}{step * 64}));"
                : step % 2 == 0 ? $"var b{step}{p} = (Vector512.Load((uint*)({address}{step / 2 * 64})) << 16).AsSingle();"
                : $"var b{step}{p} = (Vector512.Load((uint*)({address}{step / 2 * 64})) & Vector512.Create(0xffff0000u)).AsSingle();");
        }

        for (int r = 0; r < kernel.Rows; r++)
        {
            w.Line($"var x{step}{r} = Vector512.Create(a{r}[i{(step == 0 ? "" : $" + {step}")}]);");
            for (int p = 0; p < kernel.Panels; p++)
                w.Line($"c{r}{p} = Vector512.FusedMultiplyAdd(b{step}{p}, x{step}{r}, c{r}{p});");
        }
    }

    private static string Offset(string stride, int times) => times switch { 0 => "", 1 => $"{stride} + ", _ => $"({times} * {stride}) + " };
}
