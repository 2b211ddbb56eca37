using System.Reflection;
using System.Text.Json;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using KernelDsl.Backends.Ilgpu.Device;
using KernelDsl.Backends.Ilgpu.Generated;

namespace KernelDsl.Backends.Ilgpu.Ptx;

/// <summary>A kernel could not become PTX, or became PTX that would not run.</summary>
public sealed class PtxException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Compiles generated kernels to PTX with no GPU and no driver.</summary>
public static class PtxCompiler
{
    /// <summary>Every variant of every generated kernel.</summary>
    public static IEnumerable<(KernelEntry Entry, MethodInfo Method)> Kernels =>
        CudaCatalog.Kernels.SelectMany(static k => k.Entries.Select(e => (e, k.Class.GetMethod(e.Function)!)));

    /// <summary>The PTX of every variant, in catalog order.</summary>
    /// <param name="architecture">Compute capability times 10: 80, 90.</param>
    /// <param name="target">The .target word, for example sm_90a.</param>
    /// <exception cref="PtxException">Names the first kernel that fails and why.</exception>
    public static IEnumerable<(KernelEntry Entry, string Ptx)> CompileAll(int architecture, string target) =>
        Kernels.Select(k => (k.Entry, Compile(k.Entry, k.Method, architecture, target)));

    /// <summary>The entries as manifest.json.</summary>
    public static string Manifest() => JsonSerializer.Serialize(Kernels.Select(static k => k.Entry).ToList(), ManifestJson.Default.Entries) + "\n";

    // A context per kernel: what one compilation leaves in it (names, numbers, a failure) would show in the next one's text.
    private static string Compile(KernelEntry entry, MethodInfo method, int architecture, string target)
    {
        using var context = Context.Create(static builder => builder.Optimize(OptimizationLevel.O2).DeviceFunctions());
        var arch = new CudaArchitecture(architecture / 10, architecture % 10);
        using var backend = new PTXBackend(context, new CudaCapabilityContext(arch), arch, CudaInstructionSet.ISA_80, nvvmAPI: null);
        string assembly;
        try
        {
            var point = EntryPointDescription.FromExplicitlyGroupedKernel(method);
            assembly = ((PTXCompiledKernel)backend.Compile(point, new KernelSpecialization(entry.Threads, null))).PTXAssembly;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new PtxException($"{entry.Function}: ILGPU: {e.GetBaseException().Message.ReplaceLineEndings(" ")}", e);
        }
        return PtxText.Finish(assembly, entry, target);
    }
}
