namespace KernelDsl.Runtime.Graph;

/// <summary>Where a graph's memory lies in an arena, for symbols up to given maxima.</summary>
sealed class GraphPlan
{
    private readonly Dictionary<Storage, long> _offsets = new(ReferenceEqualityComparer.Instance);

    private GraphPlan(int[] maxima) => Maxima = maxima;

    /// <summary>Largest value of each symbol.</summary>
    public int[] Maxima { get; }

    /// <summary>Size of the arena.</summary>
    public long Bytes { get; private set; }

    /// <summary>Lifetimes in launches: inputs live from before the first, outputs until after the last.</summary>
    public static GraphPlan Of(Graph graph, ReadOnlySpan<int> maxima)
    {
        var plan = new GraphPlan(maxima.ToArray());
        var lives = new Dictionary<Storage, (int First, int Last)>(ReferenceEqualityComparer.Instance);
        foreach (var input in graph.Storages.Where(static s => s.Role == StorageRole.Input)) lives.Add(input, (-1, -1));
        for (int i = 0; i < graph.Nodes.Count; i++)
            foreach (var storage in graph.Nodes[i].Storages())
                if (storage.Role != StorageRole.Device)
                    lives[storage] = (lives.TryGetValue(storage, out var life) ? life.First : i, i);
        foreach (var output in graph.Storages.Where(static s => s.Role == StorageRole.Output))
            lives[output] = (lives.TryGetValue(output, out var life) ? life.First : -1, graph.Nodes.Count);

        var storages = lives.Keys.ToArray();
        var blocks = Array.ConvertAll(storages, s => new Lifetime(s.Bytes(plan.Maxima), lives[s].First, lives[s].Last));
        (var offsets, plan.Bytes) = ArenaPlanner.Place(blocks);
        for (int i = 0; i < storages.Length; i++) plan._offsets.Add(storages[i], offsets[i]);
        return plan;
    }

    /// <summary>Whether these values of the symbols fit.</summary>
    public bool Fits(ReadOnlySpan<int> symbols)
    {
        for (int i = 0; i < Maxima.Length; i++)
            if (symbols[i] > Maxima[i]) return false;
        return true;
    }

    /// <summary>Device address of a storage when the arena lies at <paramref name="arena"/>.</summary>
    public nint AddressOf(Storage storage, DeviceBuffer arena) =>
        storage.Buffer is { } own ? own.Address + (nint)storage.Offset : arena.Address + (nint)_offsets[storage];

    /// <summary>Offset in the arena, for storage that the host copies.</summary>
    public long OffsetOf(Storage storage) => _offsets[storage];
}
