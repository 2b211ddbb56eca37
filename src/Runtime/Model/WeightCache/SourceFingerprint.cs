using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace KernelDsl.Runtime.Model;

/// <summary>
/// SHA-256 over what tells one checkpoint from another without reading all of it: names, sizes and times of its files, where its tensors lie,
/// and samples of its bytes, because copies and images may set all times to one.
/// </summary>
sealed class SourceFingerprint : IDisposable
{
    private const int Samples = 64, SampleBytes = 4096;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>A fact; the order counts.</summary>
    public void Add(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Add(bytes.Length);
        _hash.AppendData(bytes);
    }

    /// <summary>A file as it is mapped.</summary>
    /// <param name="path">The folder that it lies in does not count.</param>
    public void Add(string path, MappedBytes bytes)
    {
        Add(Path.GetFileName(path));
        Add(bytes.Length);
        Add(bytes.Modified?.Ticks ?? 0);
        int size = (int)Math.Min(SampleBytes, bytes.Length);
        for (int i = 0; i < Samples; i++)
            // Both ends and evenly between; 128 bits, because files times samples may exceed 64.
            _hash.AppendData(bytes.Slice((long)((Int128)(bytes.Length - size) * i / (Samples - 1)), size));
    }

    /// <summary>The fingerprint, 32 bytes, of all that was added.</summary>
    public byte[] Finish() => _hash.GetHashAndReset();

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void Add(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _hash.AppendData(bytes);
    }
}
