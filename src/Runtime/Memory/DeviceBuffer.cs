namespace KernelDsl.Runtime;

/// <summary>A range of device memory that a back end handed out; freed by Dispose.</summary>
public abstract class DeviceBuffer : IDisposable
{
    /// <summary>Device address of the first byte.</summary>
    public abstract nint Address { get; }

    /// <summary>Size in bytes.</summary>
    public abstract long Bytes { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory.</summary>
    protected abstract void Dispose(bool disposing);
}

/// <summary>A weight matrix [Outputs, Inputs] in the back end's packed layout, at an offset of a buffer.</summary>
public sealed record PackedWeight(DeviceBuffer Buffer, long Offset, int Outputs, int Inputs, WeightFormat Format);
