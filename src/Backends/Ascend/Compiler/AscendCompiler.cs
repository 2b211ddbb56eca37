using KernelDsl.Generators.Backend;
using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;
using KernelDsl.Generators.Passes;

namespace KernelDsl.Generators.Backends.Ascend;

/// <summary>Compiles kernels to AscendC for Atlas A2 and A3 (dav-c220): one C++ file per variant, and what the host needs to launch it.</summary>
public sealed class AscendCompiler : IBackendCompiler
{
    /// <summary>The name of this target.</summary>
    internal const string Name = "Ascend";

    /// <summary>Bytes of the unified buffer that a program may use: the library keeps the upper 8 KiB of 192 for itself.</summary>
    internal const int UnifiedBuffer = 184 * 1024;

    private const int CubeRows = 16;

    private static readonly Pass[] Passes =
    [
        new(nameof(Simplify), Simplify.Run),
        new(nameof(Deduplicate), Deduplicate.Run),
        new(nameof(RemoveDead), RemoveDead.Run),
    ];

    /// <inheritdoc/>
    public string Target => Name;

    /// <inheritdoc/>
    public Limits Limits { get; } = new() { ScratchBytes = UnifiedBuffer, DotGranule = CubeRows, Lanes = 64 };

    /// <inheritdoc/>
    public Emission Compile(EquatableArray<Kernel> variants)
    {
        var compiled = new List<CompiledVariant>();
        var diagnostics = new List<BackendDiagnostic>();
        foreach (var variant in variants)
        {
            try
            {
                compiled.Add(Compile(Pipeline.Run(variant, Passes), diagnostics));
            }
            catch (NotLowered refused)
            {
                diagnostics.Add(refused.Diagnostic);
            }
        }
        var files = compiled.Count == 0 ? [] : new[] { LaunchEmitter.Emit(variants[0], compiled) };
        return new Emission(files.ToEquatable(), diagnostics.Distinct().ToEquatable());
    }

    /// <inheritdoc/>
    public Emission EmitCatalog(EquatableArray<string> kernels) => new(new[] { LaunchEmitter.EmitCatalog(kernels) }.ToEquatable(), default);

    private static CompiledVariant Compile(Kernel kernel, List<BackendDiagnostic> diagnostics)
    {
        if (SplitCores.Cube(kernel) is { } cube)
        {
            cube.CheckMemories();
            return new CompiledVariant(kernel, "Cube", AscendEmitter.Cube(kernel, cube));
        }

        var legal = Legalize.Run(kernel);
        foreach (var dot in Walk.All(legal.Body).OfType<Dot>())
            diagnostics.Add(new BackendDiagnostic("KDSL0130", new[] { kernel.Name, Reason(kernel, dot) }.ToEquatable()));
        var places = PlaceBuffers.Run(legal);
        var queues = PlanQueues.Run(legal);
        int scratch = VectorEmitter.ScratchBytes(legal), needed = places.Bytes + scratch + queues.Bytes;
        if (needed > UnifiedBuffer)
            throw NotLowered.Overflow(kernel, "UB", needed, UnifiedBuffer);
        return new CompiledVariant(kernel, "Vector", AscendEmitter.Vector(legal, places, queues, scratch));
    }

    private static string Reason(Kernel kernel, Dot dot) => !kernel.Schedule.Cube ? "its schedule says Cube = false"
        : dot.Result.Rows.Length < CubeRows ? $"{dot.Result.Rows.Length} rows are less than the cube's {CubeRows}"
        : "what follows the Dot needs the vector core, and kernels of both cores are not built yet";
}

/// <summary>A variant's C++ and the core that runs it: Vector or Cube.</summary>
internal sealed record CompiledVariant(Kernel Kernel, string Core, string Source);
