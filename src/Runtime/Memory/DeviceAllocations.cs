using KernelDsl.Runtime.Backend;

namespace KernelDsl.Runtime;

/// <summary>Buffers that live and die together.</summary>
sealed class DeviceAllocations(IBackend backend) : IDisposable
{
    private readonly List<DeviceBuffer> _buffers = [];
    private readonly List<IDisposable> _mapped = [];

    /// <summary>Sum of their sizes.</summary>
    public long Bytes { get; private set; }

    /// <inheritdoc cref="IBackend.Allocate"/>
    public DeviceBuffer Allocate(long bytes, string purpose)
    {
        var buffer = backend.Allocate(bytes, purpose);
        _buffers.Add(buffer);
        Bytes += bytes;
        return buffer;
    }

    /// <inheritdoc cref="IBackend.Map"/>
    /// <param name="memory">Holds the bytes; where they are mapped it is taken over.</param>
    public DeviceBuffer? Map(nint address, long bytes, IDisposable memory)
    {
        if (backend.Map(address, bytes) is not { } buffer) return null;
        _buffers.Add(buffer);
        _mapped.Add(memory);
        Bytes += bytes;
        return buffer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in _buffers) buffer.Dispose();
        _buffers.Clear();
        foreach (var memory in _mapped) memory.Dispose();
        _mapped.Clear();
    }
}
