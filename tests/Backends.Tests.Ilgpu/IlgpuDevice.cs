using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.OpenCL;
using KernelDsl.Backends.Ilgpu;
using KernelDsl.Backends.Ilgpu.Device;
using KernelDsl.Backends.Ilgpu.Ptx;

namespace KernelDsl.Backends.Tests.Ilgpu;

/// <summary>One argument of a launch: storage on the host (an array of bf16, float or int) with the element where the view begins, and the rest as the launch ABI has it.</summary>
public readonly record struct DeviceArgument(Array? Storage, int Offset, KernelArgument Value);

/// <summary>Runs generated kernels in this process, on OpenCL or on ILGPU's thread simulator, through the launch entries that ship with the PTX.</summary>
public sealed class IlgpuDevice : IDisposable
{
    private readonly Context _context;
    private readonly Accelerator _accelerator;
    private readonly Dictionary<string, Kernel> _kernels = [];

    /// <summary>Every generated variant, as the PTX tool sees them.</summary>
    public static IReadOnlyList<KernelEntry> Entries { get; } = [.. PtxCompiler.Kernels.Select(static k => k.Entry)];

    private IlgpuDevice(Context context, Accelerator accelerator) => (_context, _accelerator) = (context, accelerator);

    /// <summary>The first OpenCL device, or null with the reason and what to do about it.</summary>
    public static IlgpuDevice? OpenCl(out string reason)
    {
        if (!NativeLibrary.TryLoad("libOpenCL.so.1", out _))
        {
            reason = "libOpenCL.so.1 is not installed (apt-get install ocl-icd-libopencl1 pocl-opencl-icd)";
            return null;
        }

        OpenClLibrary.Resolve();
        var context = Context.Create(static builder => builder.Optimize(OptimizationLevel.O2).DeviceFunctions().OpenCL(OpenClLibrary.Accept));
        if (context.Devices.Length == 0)
        {
            context.Dispose();
            reason = "libOpenCL.so.1 lists no device (apt-get install pocl-opencl-icd)";
            return null;
        }
        reason = "";
        return new(context, context.Devices[0].CreateAccelerator(context));
    }

    /// <summary>ILGPU's simulator: one OS thread per simulated thread, so for tiny launches only; it can expose races that OpenCL on a CPU cannot.</summary>
    public static IlgpuDevice Simulator()
    {
        const int warps = 8;
        var context = Context.Create(static builder => builder.DeviceFunctions().CPU(new CPUDevice(Shuffle.Warp, warps, 1)));
        return new(context, context.GetCPUDevice(0).CreateCPUAccelerator(context, CPUAcceleratorMode.Parallel));
    }

    /// <summary>Runs a variant and copies all storage back.</summary>
    public void Run(KernelEntry entry, IReadOnlyList<DeviceArgument> arguments)
    {
        KernelArgument[] bound = [.. arguments.Select(static a => a.Value)];
        LaunchPlan.Validate(entry, bound);
        var groups = LaunchPlan.Groups(entry, bound);
        if (groups.IsEmpty) return;

        var buffers = new Dictionary<Array, IHostBuffer>(ReferenceEqualityComparer.Instance);
        foreach (var storage in arguments.Select(static a => a.Storage).OfType<Array>())
            if (!buffers.ContainsKey(storage)) buffers.Add(storage, HostBuffer.Of(_accelerator, storage));
        object[] parameters = [.. arguments.Zip(entry.Parameters, (a, p) => Parameters(a, p, buffers)).SelectMany(static p => p)];

        Load(entry).Launch(_accelerator.DefaultStream, new KernelConfig(new Index3D(groups.X, groups.Y, groups.Z), new Index3D(entry.Threads, 1, 1)), parameters);
        _accelerator.Synchronize();
        foreach (var buffer in buffers.Values)
        {
            buffer.CopyBack();
            buffer.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _accelerator.Dispose();
        _context.Dispose();
    }

    private Kernel Load(KernelEntry entry)
    {
        if (_kernels.TryGetValue(entry.Function, out var kernel)) return kernel;
        var method = PtxCompiler.Kernels.First(k => k.Entry.Function == entry.Function).Method;
        return _kernels[entry.Function] = _accelerator.LoadKernel(method);
    }

    private static IEnumerable<object> Parameters(DeviceArgument argument, EntryParameter parameter, Dictionary<Array, IHostBuffer> buffers)
    {
        if (parameter.Rank == 0)
        {
            yield return parameter.Kind == ParameterKind.Int ? (object)argument.Value.Int : argument.Value.Float;
            yield break;
        }
        yield return buffers[argument.Storage!].View(argument.Offset, LaunchPlan.Span(parameter, argument.Value));
        for (int d = 0; d < parameter.Rank; d++) yield return LaunchPlan.Dim(argument.Value, d);
        for (int d = 0; d < parameter.Strides; d++) yield return LaunchPlan.Stride(argument.Value, d);
    }
}
