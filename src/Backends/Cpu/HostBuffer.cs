using KernelDsl.Runtime;

namespace KernelDsl.Backends.Cpu;

/// <summary>Host memory of somebody else, in place; read only.</summary>
internal sealed class HostBuffer(nint address, long bytes) : DeviceBuffer
{
    /// <inheritdoc/>
    public override nint Address => address;

    /// <inheritdoc/>
    public override long Bytes => bytes;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // It is its owner's.
    }
}
