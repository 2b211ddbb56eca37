using System.Buffers.Binary;
using System.Text;

namespace KernelDsl.Runtime.Model;

/// <summary>Reads a header from front to back; whatever would pass the end of the file, or is no text, is refused by the name of what is read.</summary>
sealed class GgufCursor(string file, MappedBytes bytes)
{
    // The longest string that one span and one .NET string can surely hold.
    private const int LongestText = 256 << 20;

    private string? _kind, _name;
    private long _number, _count;

    /// <summary>What messages call the file.</summary>
    public string File => file;

    /// <summary>The next byte, from the beginning of the file.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes up to the end of the file.</summary>
    public long Remaining => bytes.Length - Position;

    /// <summary>One of several things begins whose name is not known yet; messages begin with it. The text is made only when it is needed.</summary>
    public void Enter(string kind, long number, long count) => (_kind, _name, _number, _count) = (kind, null, number, count);

    /// <summary>Now it has a name.</summary>
    public void Name(string name) => _name = name;

    public uint UInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Take(4, what));

    public ulong UInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Take(8, what));

    /// <summary>The next bytes.</summary>
    public ReadOnlySpan<byte> Take(int count, string what)
    {
        if (count > Remaining) throw Fault(GgufFault.Truncated, $"the file ends at byte {bytes.Length}, inside {what}; is it truncated?");
        var taken = bytes.Slice(Position, count);
        Position += count;
        return taken;
    }

    /// <summary>Passes bytes that are known to be there.</summary>
    public void Skip(long count) => Position += count;

    /// <summary>How many of something follow; refused where the rest of the file cannot hold them.</summary>
    /// <param name="smallest">Fewest bytes that one takes.</param>
    public long Count(string what, int smallest)
    {
        ulong count = UInt64(what);
        if (count > (ulong)(Remaining / smallest))
            throw Fault(GgufFault.Count, $"{what} is {count}; the {Remaining} bytes that follow hold at most {Remaining / smallest}");
        return (long)count;
    }

    /// <summary>Bytes of a string, checked to be UTF-8.</summary>
    public ReadOnlySpan<byte> Utf8(string what, int longest = LongestText)
    {
        ulong length = UInt64($"the length of {what}");
        if (length > (ulong)longest) throw Fault(GgufFault.Count, $"{what} claims {length} bytes; at most {longest} are allowed");
        var text = Take((int)length, what);
        return System.Text.Unicode.Utf8.IsValid(text) ? text : throw Fault(GgufFault.Text, $"{what} is not valid UTF-8");
    }

    public string String(string what, int longest) => Encoding.UTF8.GetString(Utf8(what, longest));

    public GgufException Fault(GgufFault fault, string message) => new(
        file, _kind == null ? null : _name == null ? $"{_kind} {_number} of {_count}" : $"{_kind} {Text.Quote(_name)}", fault, message);
}
