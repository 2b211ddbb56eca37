using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime;
using KernelDsl.Runtime.Backend;

namespace KernelDsl.Model.Tests.WeightCaches;

/// <summary>The CPU back end, counting what it packs and maps.</summary>
/// <param name="maps">Whether it reads host memory in place; otherwise mapped weights are uploaded.</param>
/// <param name="layout">Another name of its layout.</param>
sealed class CountingBackend(bool maps = true, string? layout = "") : IBackend
{
    private readonly CpuBackend _cpu = new(threads: 1);
    private int _packed;

    public int Packed => _packed;

    public int Mapped { get; private set; }

    public long Uploaded { get; private set; }

    /// <summary>Called before each download of a piece of a packed weight.</summary>
    public Action Downloading { get; set; } = static () => { };

    public string Name => _cpu.Name;

    public string Description => _cpu.Description;

    public string? WeightLayout => layout is "" ? _cpu.WeightLayout : layout;

    public DeviceBuffer? Map(nint address, long bytes)
    {
        if (!maps) return null;
        Mapped++;
        return _cpu.Map(address, bytes);
    }

    public DeviceBuffer Allocate(long bytes, string purpose) => _cpu.Allocate(bytes, purpose);

    public void Upload(ReadOnlySpan<byte> source, DeviceBuffer destination, long offset = 0)
    {
        Uploaded += source.Length;
        _cpu.Upload(source, destination, offset);
    }

    public void Download(DeviceBuffer source, long offset, Span<byte> destination)
    {
        Downloading();
        _cpu.Download(source, offset, destination);
    }

    public long WeightBytes(int outputs, int inputs, WeightFormat format) => _cpu.WeightBytes(outputs, inputs, format);

    public void PackWeight(PackedWeight destination, int firstRow, int rows, ReadOnlySpan<byte> source, ElementType sourceElement)
    {
        Interlocked.Increment(ref _packed);
        _cpu.PackWeight(destination, firstRow, rows, source, sourceElement);
    }

    public void PackWeight(PackedWeight destination, int firstRow, int rows, QuantisedRows source)
    {
        Interlocked.Increment(ref _packed);
        _cpu.PackWeight(destination, firstRow, rows, source);
    }

    public long PageBytes(int pageSize, int heads, int lanes, CacheFormat format) => _cpu.PageBytes(pageSize, heads, lanes, format);

    public ICompiledKernel GetKernel(KernelInfo kernel, IReadOnlyDictionary<string, int> constants) => _cpu.GetKernel(kernel, constants);

    public void Run(ReadOnlySpan<Launch> launches) => _cpu.Run(launches);

    public void Dispose() => _cpu.Dispose();
}
