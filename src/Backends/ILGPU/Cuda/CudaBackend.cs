using System.Runtime.InteropServices;
using System.Text;
using KernelDsl.Runtime;
using KernelDsl.Runtime.Backend;

namespace KernelDsl.Backends.Cuda;

/// <summary>
/// Runs kernels on an NVIDIA GPU through its driver. Weights are row-major bf16. Paged caches have no lowering yet: kernels that take one
/// are not built (KDSL0140), and asking for a page's size says so.
/// </summary>
public sealed unsafe class CudaBackend : IBackend
{
    private const int MajorAttribute = 75, MinorAttribute = 76, OldestMajor = 8;

    private readonly int _device;
    private readonly nint _context;
    private readonly Dictionary<string, CudaKernel> _kernels = [];

    private CudaBackend(int device, nint context, string description) => (_device, _context, Description) = (device, context, description);

    /// <inheritdoc/>
    public string Name => "cuda";

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>Opens the first device, or returns null with the reason: no driver, no device, or one without bf16.</summary>
    public static CudaBackend? TryOpen(out string reason)
    {
        if (!NativeLibrary.TryLoad(Driver.Library, out _))
        {
            reason = $"no CUDA driver ({Driver.Library} not found)";
            return null;
        }
        if (Driver.cuInit(0) is not 0 and var code)
        {
            reason = $"the CUDA driver does not start: {Driver.Describe(code)}";
            return null;
        }
        if (Driver.cuDeviceGetCount(out int count) != 0 || count == 0)
        {
            reason = "the CUDA driver lists no device";
            return null;
        }

        Driver.Check(Driver.cuDeviceGet(out int device, 0), "opening CUDA device 0");
        Driver.Check(Driver.cuDeviceGetAttribute(out int major, MajorAttribute, device), "reading the device's architecture");
        Driver.Check(Driver.cuDeviceGetAttribute(out int minor, MinorAttribute, device), "reading the device's architecture");
        byte* name = stackalloc byte[256];
        Driver.Check(Driver.cuDeviceGetName(name, 256, device), "reading the device's name");
        string description = $"{Encoding.UTF8.GetString(name, new ReadOnlySpan<byte>(name, 256).IndexOf((byte)0))} (sm_{major}{minor})";
        if (major < OldestMajor)
        {
            reason = $"{description} is older than sm_{OldestMajor}0, which the kernels are built for";
            return null;
        }
        Driver.Check(Driver.cuDevicePrimaryCtxRetain(out nint context, device), $"opening a context on {description}");
        reason = "";
        return new(device, context, description);
    }

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long bytes, string purpose)
    {
        Enter();
        int code = Driver.cuMemAlloc(out nint address, (nuint)Math.Max(bytes, 1));
        if (code == Driver.OutOfMemory)
        {
            _ = Driver.cuMemGetInfo(out nuint free, out nuint total);
            throw new DeviceMemoryException($"{purpose} needs {bytes} bytes, {Description} has {free} of {total} free");
        }
        Driver.Check(code, $"allocating {bytes} bytes for {purpose}");
        Driver.Check(Driver.cuMemset(address, 0, (nuint)Math.Max(bytes, 1)), $"clearing {bytes} bytes for {purpose}");
        return new CudaBuffer(this, address, bytes);
    }

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<byte> source, DeviceBuffer destination, long offset = 0)
    {
        Within(destination, offset, source.Length);
        Enter();
        fixed (byte* from = source)
            Driver.Check(Driver.cuMemcpyToDevice((nint)(destination.Address + offset), from, (nuint)source.Length), $"uploading {source.Length} bytes");
    }

    /// <inheritdoc/>
    public void Download(DeviceBuffer source, long offset, Span<byte> destination)
    {
        Within(source, offset, destination.Length);
        Enter();
        fixed (byte* to = destination)
            Driver.Check(Driver.cuMemcpyToHost(to, (nint)(source.Address + offset), (nuint)destination.Length), $"downloading {destination.Length} bytes");
    }

    /// <inheritdoc/>
    public long WeightBytes(int outputs, int inputs, WeightFormat format) => !format.IsQuantised
        ? (long)outputs * inputs * ElementType.BFloat16.Size()
        : throw new NotSupportedException($"KDSL0140: weights of {format} are not lowered for Cuda yet; bf16 is");

    /// <inheritdoc/>
    public void PackWeight(PackedWeight destination, int firstRow, int rows, ReadOnlySpan<byte> source, ElementType sourceElement)
    {
        long rowBytes = WeightBytes(1, destination.Inputs, destination.Format);
        if (firstRow < 0 || rows < 0 || firstRow + rows > destination.Outputs)
            throw new ArgumentOutOfRangeException(nameof(firstRow), $"rows {firstRow} .. {firstRow + rows} of a weight that has {destination.Outputs}");
        long wanted = (long)rows * destination.Inputs * sourceElement.Size();
        if (source.Length != wanted)
            throw new ArgumentException($"{rows} rows of {destination.Inputs} {sourceElement.ShortName()} are {wanted} bytes, got {source.Length}", nameof(source));
        Upload(ToBFloat16(source, sourceElement), destination.Buffer, destination.Offset + (firstRow * rowBytes));
    }

    /// <inheritdoc/>
    public void PackWeight(PackedWeight destination, int firstRow, int rows, QuantisedRows source) =>
        throw new NotSupportedException($"KDSL0140: weights of {destination.Format} are not lowered for Cuda yet; bf16 is");

    /// <inheritdoc/>
    public long PageBytes(int pageSize, int heads, int lanes, CacheFormat format) =>
        throw new NotSupportedException($"KDSL0140: paged caches of {format.ShortName()} are not lowered for Cuda yet; run models on the CPU back end");

    /// <inheritdoc/>
    public ICompiledKernel GetKernel(KernelInfo kernel, IReadOnlyDictionary<string, int> constants)
    {
        var built = PtxImages.Entries.Where(e => e.Kernel == kernel.Name).ToArray();
        if (built.Length == 0)
            throw new KernelNotBuiltException($"KDSL0140: '{kernel.Name}' is not lowered for Cuda yet");
        var matching = built.Where(e => e.Constants.All(c => constants.TryGetValue(c.Name, out int value) && value == c.Value)).ToArray();
        if (matching.Length == 0)
            throw new KernelNotBuiltException($"KDSL0052: no variant of '{kernel.Name}' for {string.Join(", ", constants.Select(static c => $"{c.Key} = {c.Value}"))}; " +
                $"built: {string.Join("; ", built.Select(static e => string.Join(", ", e.Constants.Select(static c => $"{c.Name} = {c.Value}"))).Distinct())}");
        string key = matching[0].Function;
        if (!_kernels.TryGetValue(key, out var compiled))
            _kernels.Add(key, compiled = new CudaKernel(kernel, matching));
        return compiled;
    }

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<Launch> launches)
    {
        Enter();
        foreach (var launch in launches)
            ((CudaKernel)launch.Kernel).Launch(new ReadOnlySpan<KernelArgument>(launch.Arguments, launch.Kernel.Info.Parameters.Length));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Enter();
        foreach (var kernel in _kernels.Values) kernel.Dispose();
        _kernels.Clear();
        _ = Driver.cuDevicePrimaryCtxRelease(_device);
    }

    /// <summary>Frees what <see cref="Allocate"/> returned.</summary>
    internal void Free(nint address)
    {
        Enter();
        Driver.Check(Driver.cuMemFree(address), "freeing device memory");
    }

    /// <summary>Contexts are per thread, and the engine's thread need not be the one that opened the device.</summary>
    private void Enter() => Driver.Check(Driver.cuCtxSetCurrent(_context), "entering the CUDA context");

    private static void Within(DeviceBuffer buffer, long offset, long length)
    {
        if (offset < 0 || offset + length > buffer.Bytes)
            throw new ArgumentOutOfRangeException(nameof(offset), $"bytes {offset} .. {offset + length} of a buffer that has {buffer.Bytes}");
    }

    private static ReadOnlySpan<byte> ToBFloat16(ReadOnlySpan<byte> source, ElementType element)
    {
        if (element == ElementType.BFloat16) return source;
        var result = new BFloat16[source.Length / element.Size()];
        switch (element)
        {
            case ElementType.Float32:
                var floats = MemoryMarshal.Cast<byte, float>(source);
                for (int i = 0; i < result.Length; i++) result[i] = (BFloat16)floats[i];
                break;
            case ElementType.Float16:
                var halves = MemoryMarshal.Cast<byte, Half>(source);
                for (int i = 0; i < result.Length; i++) result[i] = (BFloat16)(float)halves[i];
                break;
            default:
                throw new NotSupportedException($"a weight of {element.ShortName()} does not become bf16; f32, f16 and bf16 do");
        }
        return MemoryMarshal.AsBytes(result.AsSpan());
    }
}
