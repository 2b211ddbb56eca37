using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;

namespace KernelDsl.Generators.Backend;

/// <summary>Calls a back end and turns a pass's broken IR into KDSL0190 instead of a crash of the compiler.</summary>
internal static class BackendRunner
{
    public static Emission Compile(IBackendCompiler backend, EquatableArray<Kernel> variants)
    {
        try
        {
            return backend.Compile(variants);
        }
        catch (InvalidKernelException e)
        {
            return new Emission(default, new[] { new BackendDiagnostic("KDSL0190", new[] { backend.Target, e.Message }.ToEquatable()) }.ToEquatable());
        }
    }
}
