using System.Runtime.InteropServices;
using KernelDsl.Runtime;

namespace KernelDsl.Backends.Cpu;

/// <summary>Zero-filled host memory, aligned to 256 bytes, or to 2 MiB and in huge pages where it is that large.</summary>
internal sealed unsafe partial class NativeBuffer : DeviceBuffer
{
    private const int Alignment = 256, HugePage = 2 << 20, AdviseHugePages = 14;

    private void* _block;
    private readonly nint _address;

    /// <exception cref="OutOfMemoryException">The machine has not that much free; names purpose, size and what is free.</exception>
    public NativeBuffer(long bytes, string purpose)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Bytes = bytes;
        long free = FreeMemory();
        if (bytes > free)
            throw new DeviceMemoryException(Message(bytes, purpose, free));
        nuint alignment = bytes >= HugePage ? (nuint)HugePage : Alignment;
        try
        {
            // Untouched zero pages cost nothing until they are written.
            _block = NativeMemory.AllocZeroed((nuint)bytes + alignment);
        }
        catch (OutOfMemoryException e)
        {
            throw new DeviceMemoryException(Message(bytes, purpose, free), e);
        }

        _address = (nint)(((nuint)_block + alignment - 1) & ~(alignment - 1));
        if (bytes >= HugePage && OperatingSystem.IsLinux())
            _ = Advise(_address, (nuint)bytes & ~(nuint)(HugePage - 1), AdviseHugePages);
    }

    /// <inheritdoc/>
    public override nint Address => _block != null ? _address : throw new ObjectDisposedException(nameof(NativeBuffer));

    /// <inheritdoc/>
    public override long Bytes { get; }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        NativeMemory.Free(_block);
        _block = null;
    }

    ~NativeBuffer() => Dispose(false);

    private static string Message(long bytes, string purpose, long free) =>
        $"{purpose} needs {bytes / (1024.0 * 1024):F1} MiB, {free / (1024.0 * 1024):F1} MiB of memory are free";

    /// <summary>Memory that can be had without swapping, within the limit of the container.</summary>
    private static long FreeMemory()
    {
        var info = GC.GetGCMemoryInfo();
        long limit = info.TotalAvailableMemoryBytes > 0 ? info.TotalAvailableMemoryBytes : long.MaxValue;
        if (OperatingSystem.IsLinux() && File.Exists("/proc/meminfo"))
        {
            foreach (string line in File.ReadLines("/proc/meminfo"))
            {
                if (line.StartsWith("MemAvailable:", StringComparison.Ordinal)
                    && long.TryParse(line.AsSpan(13).TrimEnd("kB").Trim(), out long kilobytes))
                    return Math.Min(limit, kilobytes * 1024);
            }
        }

        return limit;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}

/// <summary>An allocation that does not fit; the message names purpose, size and what is free.</summary>
internal sealed class DeviceMemoryException(string message, Exception? inner = null) : OutOfMemoryException(message, inner);
