namespace KernelDsl.X86Interpreter;

/// <summary>The ranges that one run may touch.</summary>
internal sealed class MemoryMap
{
    private readonly List<MemoryRange> _ranges = [];
    private int _last;

    public void Add(MemoryRange range) => _ranges.Add(range);

    /// <summary>Forgets the ranges that were added after the first few: those of an earlier run.</summary>
    public void Truncate(int count)
    {
        _ranges.RemoveRange(count, _ranges.Count - count);
        _last = 0;
    }

    public int Count => _ranges.Count;

    public bool Allows(ulong address, ulong size, bool write)
    {
        // Kernels stay in one range for long: the last one that matched is tried first.
        if (_last < _ranges.Count && Fits(_ranges[_last], address, size, write)) return true;
        int found = _ranges.FindIndex(r => Fits(r, address, size, write));
        if (found >= 0) _last = found;
        return found >= 0;
    }

    /// <summary>The nearest range, and how far away.</summary>
    public string Locate(ulong address, ulong size) => _ranges.Count == 0 ? "no range is allowed"
        : _ranges.MinBy(r => r.Distance(address, size)).Locate(address, size);

    private static bool Fits(in MemoryRange range, ulong address, ulong size, bool write) => range.Holds(address, size) && (range.Writable || !write);
}
