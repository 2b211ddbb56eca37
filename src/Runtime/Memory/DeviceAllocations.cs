using KernelDsl.Runtime.Backend;

namespace KernelDsl.Runtime;

/// <summary>Buffers that live and die together.</summary>
sealed class DeviceAllocations(IBackend backend) : IDisposable
{
    private readonly List<DeviceBuffer> _buffers = [];

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

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in _buffers) buffer.Dispose();
        _buffers.Clear();
    }
}
