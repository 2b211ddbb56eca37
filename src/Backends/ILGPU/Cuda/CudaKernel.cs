using System.Text;
using KernelDsl.Backends.Ilgpu;
using KernelDsl.Runtime.Backend;

namespace KernelDsl.Backends.Cuda;

/// <summary>A kernel's variants for one choice of constants; each is loaded when first launched.</summary>
internal sealed unsafe class CudaKernel(KernelInfo info, KernelEntry[] entries) : ICompiledKernel, IDisposable
{
    private readonly Dictionary<string, Loaded> _loaded = [];

    /// <inheritdoc/>
    public KernelInfo Info => info;

    /// <inheritdoc/>
    public void Validate(ReadOnlySpan<KernelArgument> arguments) => LaunchPlan.Validate(entries[0], arguments);

    /// <summary>Queues one launch on the current context's default stream.</summary>
    public void Launch(ReadOnlySpan<KernelArgument> arguments)
    {
        var entry = LaunchPlan.Choose(entries, arguments);
        var groups = LaunchPlan.Groups(entry, arguments);
        if (groups.IsEmpty) return;
        if (!_loaded.TryGetValue(entry.Function, out var loaded))
            _loaded.Add(entry.Function, loaded = Load(entry));
        loaded.Parameters.Fill(arguments);
        Driver.Check(
            Driver.cuLaunchKernel(loaded.Function, (uint)groups.X, (uint)groups.Y, (uint)groups.Z, (uint)entry.Threads, 1, 1, 0, 0, loaded.Parameters.Pointers, null),
            $"launching {entry.Function} on {groups.X} x {groups.Y} x {groups.Z} groups");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var loaded in _loaded.Values)
        {
            loaded.Parameters.Dispose();
            _ = Driver.cuModuleUnload(loaded.Module);
        }
        _loaded.Clear();
    }

    private static Loaded Load(KernelEntry entry)
    {
        const int errorLog = 5, errorLogBytes = 6, capacity = 8192;
        byte* log = stackalloc byte[capacity];
        log[0] = 0;
        int* options = stackalloc int[] { errorLog, errorLogBytes };
        void** values = stackalloc void*[] { log, (void*)capacity };
        nint module;
        int code;
        fixed (byte* image = PtxImages.Load(entry))
            code = Driver.cuModuleLoadDataEx(out module, image, 2, options, values);
        if (code != 0)
            throw new CudaException($"the driver does not load {entry.Function}: {Driver.Describe(code)}\n{Encoding.UTF8.GetString(log, new ReadOnlySpan<byte>(log, capacity).IndexOf((byte)0))}");
        Driver.Check(Driver.cuModuleGetFunction(out nint function, module, $"Kernel_{entry.Function}"), $"finding Kernel_{entry.Function} in its PTX");
        return new(module, function, new ParameterBlock(entry));
    }

    private sealed record Loaded(nint Module, nint Function, ParameterBlock Parameters);
}
