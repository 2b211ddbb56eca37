namespace KernelDsl.X86Interpreter;

/// <summary>Bytes of this process that the interpreted code may touch.</summary>
public readonly record struct MemoryRange(string Name, ulong Start, ulong Length, bool Writable)
{
    /// <summary>The first byte behind it.</summary>
    public ulong End => Start + Length;

    internal bool Holds(ulong address, ulong size) => address >= Start && address - Start <= Length && Length - (address - Start) >= size;

    internal ulong Distance(ulong address, ulong size) => address < Start ? Start - address : address + size > End ? address + size - End : 0;

    /// <summary>Where an access lies, seen from this range.</summary>
    internal string Locate(ulong address, ulong size)
    {
        string range = $"'{Name}' [0x{Start:x}, 0x{End:x}), {Length} bytes";
        if (Holds(address, size)) return $"inside {range}, which is for reading only";
        return address < Start ? $"{Start - address} bytes before the start of {range}" : $"offset {address - Start}, {address + size - End} bytes past the end of {range}";
    }
}
