namespace KernelDsl.Runtime.Model;

/// <summary>
/// Writes a file from its beginning in pieces of whole huge pages. Linux keeps what is written in as large pages as the write and its place
/// allow; written so, and mapped, the file needs a page fault and an entry of the TLB per 2 MiB.
/// </summary>
sealed class PieceWriter(Stream file)
{
    private readonly byte[] _piece = new byte[8 << 20];
    private int _used;
    private long _written;

    /// <summary>Some of the next bytes, to be filled by the caller before the next call: at least one, at most so many.</summary>
    public Span<byte> Room(long most)
    {
        if (_used == _piece.Length) Flush();
        int count = (int)Math.Min(most, _piece.Length - _used);
        _used += count;
        return _piece.AsSpan(_used - count, count);
    }

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var room = Room(bytes.Length);
            bytes[..room.Length].CopyTo(room);
            bytes = bytes[room.Length..];
        }
    }

    /// <summary>Appends zeros up to a place in the file.</summary>
    public void Pad(long place)
    {
        for (long left = place - _written - _used; left > 0;)
        {
            var room = Room(left);
            room.Clear();
            left -= room.Length;
        }
    }

    /// <summary>Writes what is not written yet.</summary>
    public void Flush()
    {
        file.Write(_piece, 0, _used);
        _written += _used;
        _used = 0;
    }
}
