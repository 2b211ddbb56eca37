namespace KernelDsl.Runtime.Model;

/// <summary>A memory-mapped safetensors file whose header has been checked.</summary>
public sealed class SafeTensorsFile : IDisposable
{
    private readonly Dictionary<string, TensorEntry> _tensors;
    private readonly MappedBytes _bytes;

    private SafeTensorsFile(string path, MappedBytes bytes)
    {
        Path = path;
        _bytes = bytes;
        _tensors = SafeTensorsHeader.Read(path, bytes).ToDictionary(static t => t.Name, StringComparer.Ordinal);
    }

    /// <summary>What messages call the file.</summary>
    public string Path { get; }

    /// <summary>Its tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors => _tensors;

    /// <summary>Maps a file and checks its header; reads no tensor.</summary>
    /// <exception cref="ModelException">The file is missing, unreadable or malformed.</exception>
    public static SafeTensorsFile Open(ModelFiles files, string name) => files.Open(name, static (path, bytes) => new SafeTensorsFile(path, bytes));

    /// <summary>Bytes of a tensor, from an offset within it; a tensor may be longer than a span.</summary>
    public ReadOnlySpan<byte> Read(TensorEntry tensor, long offset, int length) => _bytes.Slice(tensor.Offset + offset, length);

    /// <summary>Lets the memory of a range of a tensor go: it will not be read again soon.</summary>
    public void Drop(TensorEntry tensor, long offset, long length) => _bytes.Drop(tensor.Offset + offset, length);

    /// <summary>Adds what tells this file from others, its tensors' places apart.</summary>
    internal void AddTo(SourceFingerprint fingerprint) => fingerprint.Add(Path, _bytes);

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();
}
