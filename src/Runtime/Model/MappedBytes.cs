using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace KernelDsl.Runtime.Model;

/// <summary>Read-only bytes at a fixed address: a mapped file, an assembly's resource, or a copy of a stream. Longer than a span where files are.</summary>
public sealed unsafe class MappedBytes : IDisposable
{
    private readonly byte* _data;
    private readonly bool _file;
    private Action? _release;

    private MappedBytes(byte* data, long length, bool file, Action release)
    {
        _data = data;
        _file = file;
        _release = release;
        Length = length;
    }

    /// <summary>The first byte.</summary>
    public nint Address => _release != null ? (nint)_data : throw new ObjectDisposedException(nameof(MappedBytes));

    /// <summary>When a file was last written, as it was when it was mapped; null for what is no file.</summary>
    public DateTime? Modified { get; private init; }

    /// <summary>Size in bytes.</summary>
    public long Length { get; }

    /// <summary>Maps a file; an empty one gives no bytes.</summary>
    public static MappedBytes OfFile(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        long length = stream.Length;
        var modified = File.GetLastWriteTimeUtc(stream.SafeFileHandle);
        if (length == 0) return new(null, 0, false, static () => { }) { Modified = modified };

        var map = MemoryMappedFile.CreateFromFile(stream, null, length, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        var view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        byte* data = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref data);
        return new(data + view.PointerOffset, length, true, () =>
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            map.Dispose();
        })
        { Modified = modified };
    }

    /// <summary>Takes over a stream: in place where it is memory already (an embedded resource), else copied.</summary>
    public static MappedBytes OfStream(Stream stream)
    {
        if (stream is UnmanagedMemoryStream memory)
            return new(memory.PositionPointer, memory.Length, false, memory.Dispose);

        using (stream)
        {
            long length = stream.Length;
            var data = (byte*)NativeMemory.Alloc((nuint)length);
            for (long done = 0; done < length;)
            {
                var chunk = new Span<byte>(data + done, (int)Math.Min(length - done, 1 << 30));
                stream.ReadExactly(chunk);
                done += chunk.Length;
            }
            return new(data, length, false, () => NativeMemory.Free(data));
        }
    }

    /// <summary>A range of the bytes.</summary>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_release == null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, Length);
        return new(_data + offset, length);
    }

    /// <summary>Tells the system that a range will not be read again, so that what was read of a mapped file leaves memory (Linux; elsewhere no effect).</summary>
    public void Drop(long offset, long length)
    {
        if (!_file || !OperatingSystem.IsLinux()) return;
        // Whole pages inside the range only: the neighbours may still be wanted.
        long page = Environment.SystemPageSize;
        long from = ((long)(_data + offset) + page - 1) / page * page, to = (long)(_data + offset + length) / page * page;
        if (to > from) _ = Advise((void*)from, (nuint)(to - from), DontNeed);
    }

    /// <summary>Asks for huge pages, for a file that is read again and again (Linux; elsewhere no effect).</summary>
    public void AdviseHugePages()
    {
        if (_file && OperatingSystem.IsLinux()) _ = Advise(_data, (nuint)Length, HugePage);
    }

    /// <summary>Unmaps.</summary>
    public void Dispose()
    {
        _release?.Invoke();
        _release = null;
    }

    // Linux: MADV_DONTNEED and MADV_HUGEPAGE of <sys/mman.h>.
    private const int DontNeed = 4, HugePage = 14;

    [DllImport("libc", EntryPoint = "madvise")]
    private static extern int Advise(void* address, nuint length, int advice);
}
