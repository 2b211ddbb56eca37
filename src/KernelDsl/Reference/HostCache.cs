namespace KernelDsl;

/// <summary>A paged KV cache on the host: what tests and the reference pass for Paged.</summary>
/// <typeparam name="E">Storage type.</typeparam>
/// <param name="pool">[pages, positions per page, heads, lanes].</param>
/// <param name="table">[sequences, pages per sequence]: page numbers in the pool.</param>
/// <param name="format">How it is stored.</param>
public sealed class HostCache<E>(HostTensor<E> pool, HostTensor<int> table, CacheFormat format = CacheFormat.BFloat16) : IHostElements
    where E : unmanaged
{
    /// <summary>[pages, positions per page, heads, lanes]: what kernels read.</summary>
    public HostTensor<E> Pool { get; } = pool;

    /// <summary>How it is stored.</summary>
    public CacheFormat Format { get; } = format;

    /// <summary>Int8: what is stored, in the order of <see cref="Pool"/>.</summary>
    public sbyte[] Integers { get; } = format == CacheFormat.Int8 ? new sbyte[pool.Count] : [];

    /// <summary>Int8: the scale of each vector, [pages, positions per page, heads].</summary>
    public float[] Scales { get; } = format == CacheFormat.Int8 ? new float[pool.Dim(0) * pool.Dim(1) * pool.Dim(2)] : [];

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

    /// <summary>Int8: keeps a vector as the pool has it, which then has it as it is kept.</summary>
    public void Round(int sequence, int position, int head)
    {
        int page = Table[sequence, position / PageSize], inPage = position % PageSize, vector = ((page * PageSize) + inPage) * Dim(2) + head;
        float largest = 0;
        for (int lane = 0; lane < Dim(3); lane++)
            largest = MathF.Max(largest, MathF.Abs(Element<E>.ToFloat(Pool[page, inPage, head, lane])));
        float scale = Scales[vector] = Int8Vector.ScaleOf(largest);
        for (int lane = 0; lane < Dim(3); lane++)
        {
            sbyte integer = Integers[vector * Dim(3) + lane] = Int8Vector.Round(Element<E>.ToFloat(Pool[page, inPage, head, lane]), scale);
            Pool[page, inPage, head, lane] = Element<E>.FromFloat((float)Int8Vector.Read(integer, scale));
        }
    }

    float IHostElements.Read(ReadOnlySpan<int> indices) => Element<E>.ToFloat(this[indices[0], indices[1], indices[2], indices[3]]);

    void IHostElements.Write(ReadOnlySpan<int> indices, float value) =>
        this[indices[0], indices[1], indices[2], indices[3]] = Element<E>.FromFloat(value);
}
