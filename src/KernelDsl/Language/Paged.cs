namespace KernelDsl;

/// <summary>
/// A KV cache seen through its page table: indexed [sequence, position, head, lane] as if it were contiguous. How a page is laid out is the
/// back end's.
/// </summary>
/// <typeparam name="E">Storage type.</typeparam>
public readonly ref struct Paged<E>(HostCache<E> cache)
    where E : unmanaged
{
    private readonly HostCache<E> _cache = cache;

    /// <summary>KV heads.</summary>
    public int Heads => _cache.Dim(2);

    /// <summary>A tile; a store is of storage tiles, so that nothing is rounded unseen.</summary>
    public Tile<E> this[int sequence, ViewIndex position, ViewIndex head, ViewIndex lane]
    {
        get => new(ReferenceView.Load(_cache, [sequence, position, head, lane]));
        set => ReferenceView.Store(_cache, [sequence, position, head, lane], value.Values);
    }
}
