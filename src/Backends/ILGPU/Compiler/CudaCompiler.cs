using KernelDsl.Generators.Backend;
using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;
using KernelDsl.Generators.Passes;

namespace KernelDsl.Generators.Backends.Ilgpu;

/// <summary>The compiler half of the CUDA back end: kernels as C# that ILGPU turns into PTX when the build-time tool runs (src/Backends/ILGPU/Ptx).</summary>
public sealed class CudaCompiler : IBackendCompiler
{
    /// <summary>Registers that one thread can address.</summary>
    internal const int RegistersPerThread = 255;

    // Elementwise work is grouped by the lowering, per layout; sums over loops are hoisted by it, per thread.
    private static readonly Pass[] _passes =
    [
        new("Simplify", Simplify.Run), new("Deduplicate", Deduplicate.Run), new("RemoveDead", RemoveDead.Run),
    ];

    /// <inheritdoc/>
    public string Target => "Cuda";

    /// <inheritdoc/>
    public Limits Limits { get; } = new() { ScratchBytes = 48 * 1024, DotGranule = 1, Lanes = 32 };

    /// <inheritdoc/>
    public Emission Compile(EquatableArray<Kernel> variants)
    {
        variants = variants.Select(static v => Pipeline.Run(v, _passes)).ToEquatable();
        var diagnostics = variants.SelectMany(v => Unsupported.In(v, Limits)).Distinct().ToEquatable();
        if (diagnostics.Any(static d => d.Id != "KDSL0121")) return new([], diagnostics);
        string name = ClassName(variants[0].Name);
        return new(new([new EmittedFile($"{variants[0].Name}.Cuda.g.cs", CudaEmitter.Class(name, variants))]), diagnostics);
    }

    /// <inheritdoc/>
    public Emission EmitCatalog(EquatableArray<string> kernels) => new(new([new EmittedFile("CudaCatalog.g.cs", CudaEmitter.Catalog(kernels.Select(ClassName)))]), []);

    private static string ClassName(string kernel) => $"{Identifier.Of(kernel)}_Cuda";
}
