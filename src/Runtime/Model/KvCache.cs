using KernelDsl.Runtime.Backend;
using KernelDsl.Runtime.Graph;

namespace KernelDsl.Runtime.Model;

/// <summary>
/// Pages of keys and values of every layer; page p of a sequence is page p in each of them. They lie page by page and then layer by
/// layer, so that a host that commits memory when it is touched commits what is used, also in huge pages.
/// </summary>
sealed class KvCache : IDisposable
{
    private readonly IBackend _backend;
    private readonly DeviceBuffer _buffer;
    private readonly long _stride;

    /// <summary>Allocates the pool; zero-filled, and on hosts that commit memory when it is touched, free until used.</summary>
    public KvCache(IBackend backend, CacheFormat format, int layers, int pageSize, int pages, int heads, int lanes)
    {
        long bytes = backend.PageBytes(pageSize, heads, lanes, format), stride = 2 * layers * bytes;
        (_backend, _stride) = (backend, stride);
        _buffer = backend.Allocate(pages * stride, $"KV cache of {pages} pages of {pageSize} positions");
        PageStore Store(int index, PageLayout layout) => new(_buffer, index * bytes, stride, pageSize, heads, lanes, format, layout);
        Layers = [.. Enumerable.Range(0, layers).Select(i => (Store(2 * i, PageLayout.ContractLanes), Store(2 * i + 1, PageLayout.ContractPositions)))];
    }

    /// <summary>Keys and values, layer by layer.</summary>
    public IReadOnlyList<(PageStore Keys, PageStore Values)> Layers { get; }

    /// <summary>Device memory.</summary>
    public long Bytes => _buffer.Bytes;

    /// <summary>Bytes of a page over all layers; 0 where that is more than a copy can hold.</summary>
    public int PageBytes => _stride <= int.MaxValue ? (int)_stride : 0;

    /// <summary>Copies a page to the host.</summary>
    public void Save(int page, Span<byte> destination) => _backend.Download(_buffer, page * _stride, destination);

    /// <summary>Copies it back.</summary>
    public void Load(ReadOnlySpan<byte> source, int page) => _backend.Upload(source, _buffer, page * _stride);

    /// <summary>Device memory that one page takes over all layers, keys and values.</summary>
    public static long BytesPerPage(IBackend backend, Qwen2Config config, CacheFormat format, int pageSize) =>
        2 * config.Layers * backend.PageBytes(pageSize, config.KvHeads, config.HeadSize, format);

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();
}
