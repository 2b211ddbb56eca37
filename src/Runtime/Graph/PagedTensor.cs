namespace KernelDsl.Runtime.Graph;

/// <summary>A pool of KV pages seen through a page table, an int input of the graph [sequences, pages]: [sequences, positions, heads, lanes].</summary>
public sealed class PagedTensor(PageStore pool, Tensor table) : GraphValue
{
    private readonly PageStore _pool = pool;

    internal Tensor Table { get; } = table;

    /// <summary>Sequences [start, start + count).</summary>
    public PagedTensor Sequences(Dim start, Dim count) => new(_pool, Table.Slice(0, start, count));

    internal unsafe KernelArgument Bind(nint tableStorage, ReadOnlySpan<int> symbols)
    {
        var table = Table.Bind(tableStorage, symbols);
        return new()
        {
            Data = (byte*)_pool.Buffer.Address + _pool.Offset,
            Dim0 = table.Dim0,
            Dim1 = table.Dim1 * _pool.PageSize,
            Dim2 = _pool.Heads,
            Dim3 = _pool.Lanes,
            PageTable = (int*)table.Data,
            PageTableStride = (int)table.Stride0,
            PageSize = _pool.PageSize,
            PageStride = _pool.PageStride,
            Layout = _pool.Layout,
            CacheFormat = _pool.Format,
        };
    }
}

/// <summary>Keys or values of one layer: pages in the back end's layout.</summary>
/// <param name="Buffer">Device memory.</param>
/// <param name="Offset">First byte of page 0 in <paramref name="Buffer"/>.</param>
/// <param name="PageStride">Bytes from a page to the next.</param>
/// <param name="PageSize">Positions per page.</param>
/// <param name="Heads">KV heads.</param>
/// <param name="Lanes">Lanes of a head.</param>
/// <param name="Format">What pages hold.</param>
/// <param name="Layout">How the dots contract it.</param>
public sealed record PageStore(DeviceBuffer Buffer, long Offset, long PageStride, int PageSize, int Heads, int Lanes, CacheFormat Format, PageLayout Layout);
