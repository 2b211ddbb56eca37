namespace KernelDsl.Runtime.Model;

/// <summary>A memory-mapped GGUF file (llama.cpp's model format) whose header has been checked.</summary>
public sealed class GgufFile : IDisposable
{
    private readonly Dictionary<string, GgufTensor> _tensors;
    private readonly MappedBytes _bytes;

    private GgufFile(string path, MappedBytes bytes)
    {
        Path = path;
        _bytes = bytes;
        var header = GgufHeader.Read(path, bytes);
        Version = header.Version;
        Metadata = new(path, header.Metadata, bytes);
        Alignment = GgufPlacement.Alignment(Metadata);
        _tensors = GgufPlacement.Place(path, header, Alignment, bytes.Length).ToDictionary(static t => t.Name, StringComparer.Ordinal);
    }

    /// <summary>What messages call the file.</summary>
    public string Path { get; }

    /// <summary>Version of the format, 2 or 3.</summary>
    public int Version { get; }

    /// <summary>Tensors begin at multiples of so many bytes.</summary>
    public int Alignment { get; }

    /// <summary>The keys and values; they are read from the file, so only while it is open.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>Its tensors by name.</summary>
    public IReadOnlyDictionary<string, GgufTensor> Tensors => _tensors;

    /// <summary>Maps a file and checks its header; reads no tensor.</summary>
    /// <exception cref="ModelException">The file is missing, unreadable or malformed.</exception>
    public static GgufFile Open(ModelFiles files, string name) => files.Open(name, static (path, bytes) => new GgufFile(path, bytes));

    /// <summary>Bytes of a tensor, from an offset within it; a tensor may be longer than a span.</summary>
    public ReadOnlySpan<byte> Read(GgufTensor tensor, long offset, int length) => _bytes.Slice(tensor.Offset + offset, length);

    /// <summary>Lets the memory of a range of a tensor go: it will not be read again soon.</summary>
    public void Drop(GgufTensor tensor, long offset, long length) => _bytes.Drop(tensor.Offset + offset, length);

    /// <summary>Adds what tells this file from others.</summary>
    internal void AddTo(SourceFingerprint fingerprint)
    {
        foreach (var t in _tensors.Values.OrderBy(static t => t.Name, StringComparer.Ordinal))
            fingerprint.Add($"{t.Name} {t.Type} {Text.Shape(t.Shape.Span)} {t.Offset}");
        fingerprint.Add(Path, _bytes);
    }

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();
}
