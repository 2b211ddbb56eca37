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
        set
        {
            if (_cache.Format == CacheFormat.Int8 && (lane.Block.Start != 0 || lane.Block.Count != _cache.Dim(3)))
                throw new KernelException($"KDSL0053: a store of {lane.Block.Count} lanes from {lane.Block.Start} on into int8 pages: a vector of {_cache.Dim(3)} lanes has one scale and is stored whole");
            ReferenceView.Store(_cache, [sequence, position, head, lane], value.Values);
            if (_cache.Format != CacheFormat.Int8) return;
            for (int p = position.Block.Start; p < position.Block.End; p++)
                for (int h = head.Block.Start; h < head.Block.End; h++)
                    _cache.Round(sequence, p, h);
        }
    }
}
