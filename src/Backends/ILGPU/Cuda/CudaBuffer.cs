using KernelDsl.Runtime;

namespace KernelDsl.Backends.Cuda;

/// <summary>Device memory of the CUDA driver, which aligns it to 256 bytes or more.</summary>
internal sealed class CudaBuffer(CudaBackend owner, nint address, long bytes) : DeviceBuffer
{
    private nint _address = address;

    /// <inheritdoc/>
    public override nint Address => _address;

    /// <inheritdoc/>
    public override long Bytes => bytes;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        nint address = Interlocked.Exchange(ref _address, 0);
        if (address != 0) owner.Free(address);
    }
}

/// <summary>The device has not enough memory left.</summary>
internal sealed class DeviceMemoryException(string message) : OutOfMemoryException(message);
