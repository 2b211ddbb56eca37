namespace KernelDsl;

/// <summary>A paged KV cache on the host: what tests and the reference pass for Paged.</summary>
/// <typeparam name="E">Storage type.</typeparam>
/// <param name="pool">[pages, positions per page, heads, lanes].</param>
/// <param name="table">[sequences, pages per sequence]: page numbers in the pool.</param>
public sealed class HostCache<E>(HostTensor<E> pool, HostTensor<int> table) : IHostElements
    where E : unmanaged
{
    /// <summary>[pages, positions per page, heads, lanes].</summary>
    public HostTensor<E> Pool { get; } = pool;

    /// <summary>[sequences, pages per sequence]: page numbers in the pool.</summary>
    public HostTensor<int> Table { get; } = table;

    /// <summary>Positions per page.</summary>
    public int PageSize => Pool.Dim(1);

    int IHostElements.Rank => 4;

    /// <summary>As seen through the table: sequences, positions, heads, lanes.</summary>
    public int Dim(int index) => index switch { 0 => Table.Dim(0), 1 => Table.Dim(1) * PageSize, _ => Pool.Dim(index) };

    /// <summary>One element.</summary>
    public E this[int sequence, int position, int head, int lane]
    {
        get => Pool[Table[sequence, position / PageSize], position % PageSize, head, lane];
        set => Pool[Table[sequence, position / PageSize], position % PageSize, head, lane] = value;
    }

    /// <summary>As a kernel's argument.</summary>
    public static implicit operator Paged<E>(HostCache<E> cache) => new(cache);

    float IHostElements.Read(ReadOnlySpan<int> indices) => Element<E>.ToFloat(this[indices[0], indices[1], indices[2], indices[3]]);

    void IHostElements.Write(ReadOnlySpan<int> indices, float value) =>
        this[indices[0], indices[1], indices[2], indices[3]] = Element<E>.FromFloat(value);
}
