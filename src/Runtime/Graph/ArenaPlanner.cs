namespace KernelDsl.Runtime.Graph;

/// <summary>A block that lives from one step to another, both included.</summary>
readonly record struct Lifetime(long Bytes, int First, int Last)
{
    public bool Overlaps(Lifetime other) => First <= other.Last && other.First <= Last;
}

/// <summary>Places blocks in one arena so that no two that live at the same time share a byte: largest first, at the first gap that fits.</summary>
static class ArenaPlanner
{
    /// <summary>Alignment of every block: a cache line pair, and what copies to devices like.</summary>
    public const int Alignment = 256;

    /// <summary>An offset per block, and the arena's size.</summary>
    public static (long[] Offsets, long Bytes) Place(ReadOnlySpan<Lifetime> blocks)
    {
        var offsets = new long[blocks.Length];
        var order = new int[blocks.Length];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        var sizes = blocks.ToArray();
        Array.Sort(order, (a, b) => sizes[a].Bytes != sizes[b].Bytes ? sizes[b].Bytes.CompareTo(sizes[a].Bytes) : a.CompareTo(b));

        var placed = new List<int>();
        long arena = 0;
        foreach (int i in order)
        {
            long at = 0;
            // Neighbours by offset: the first gap between those that live with this one.
            foreach (int other in placed)
            {
                if (!sizes[i].Overlaps(sizes[other])) continue;
                if (at + sizes[i].Bytes <= offsets[other]) break;
                at = Math.Max(at, Align(offsets[other] + sizes[other].Bytes));
            }
            offsets[i] = at;
            int position = placed.FindIndex(other => offsets[other] > at);
            placed.Insert(position < 0 ? placed.Count : position, i);
            arena = Math.Max(arena, at + sizes[i].Bytes);
        }
        return (offsets, arena);
    }

    private static long Align(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
