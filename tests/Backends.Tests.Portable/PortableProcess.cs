using System.Runtime.CompilerServices;
using KernelDsl.Backends.Cpu.Device;

// As in Backends.Tests: one target, driven by one thread at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace KernelDsl.Backends.Tests.Portable;

/// <summary>The instruction set is chosen once per process: this one's, before anything asks.</summary>
internal static class PortableProcess
{
    [ModuleInitializer]
    internal static void Choose() => Environment.SetEnvironmentVariable(Processor.Variable, "portable");
}
