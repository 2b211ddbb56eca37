using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using KernelDsl.Runtime.Backend;

namespace KernelDsl.Runtime.Model;

/// <summary>
/// The beginning of a weight cache, little-endian: magic (8 bytes), version (4), bytes of the header (4), bytes of the file (8), the back
/// end's layout (64, UTF-8, zeros behind), the checkpoint's fingerprint (32); for each matrix its name (UTF-8 behind its length in 4 bytes),
/// outputs (4), inputs (4), encoding (4), group (4), zero points (4), offset (8), bytes (8); SHA-256 of all that (32). It follows from what is to be loaded: a file is
/// valid where its header is the expected one, byte for byte, and nothing of it needs to be believed.
/// </summary>
sealed class WeightCacheHeader
{
    /// <summary>Changes with the header's form, and with how a checkpoint's numbers become a weight's before a back end packs them.</summary>
    public const int Version = 1;

    // Of pages; matrices begin at multiples of it.
    private const int Alignment = 4096;

    private const int VersionAt = 8, HeaderBytesAt = 12, FileBytesAt = 16, LayoutAt = 24, LayoutBytes = 64, SourceAt = LayoutAt + LayoutBytes, MatricesAt = SourceAt + HashBytes, HashBytes = 32;

    private static ReadOnlySpan<byte> Magic => "kdsl-wts"u8;

    private readonly long[] _offsets;

    /// <param name="layout">The back end's.</param>
    /// <param name="source">The checkpoint's fingerprint.</param>
    /// <param name="matrices">What the file holds, in order.</param>
    /// <param name="backend">Knows their sizes.</param>
    public WeightCacheHeader(string layout, byte[] source, IReadOnlyList<MatrixPlan> matrices, IBackend backend)
    {
        int bytes = MatricesAt + matrices.Sum(static m => Encoding.UTF8.GetByteCount(m.Name) + 6 * sizeof(int) + 2 * sizeof(long)) + HashBytes;
        _offsets = new long[matrices.Count];
        long end = bytes;
        for (int i = 0; i < _offsets.Length; i++)
        {
            _offsets[i] = (end + Alignment - 1) / Alignment * Alignment;
            end = _offsets[i] + matrices[i].Bytes(backend);
        }
        FileBytes = end;

        var writer = new MemoryStream(bytes);
        writer.Write(Magic);
        Write(writer, Version);
        Write(writer, bytes);
        Write(writer, FileBytes);
        writer.Write(Padded(layout));
        writer.Write(source);
        for (int i = 0; i < _offsets.Length; i++)
        {
            var (matrix, name) = (matrices[i], Encoding.UTF8.GetBytes(matrices[i].Name));
            Write(writer, name.Length);
            writer.Write(name);
            foreach (int number in (ReadOnlySpan<int>)[matrix.Outputs, matrix.Inputs, (int)matrix.Format.Encoding, matrix.Format.Group, matrix.Format.HasZeros ? 1 : 0])
                Write(writer, number);
            Write(writer, _offsets[i]);
            Write(writer, matrix.Bytes(backend));
        }
        writer.Write(SHA256.HashData(writer.GetBuffer().AsSpan(0, (int)writer.Length)));
        Bytes = writer.ToArray();
    }

    /// <summary>The header.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Size of the whole file.</summary>
    public long FileBytes { get; }

    /// <summary>Where a matrix begins.</summary>
    public long OffsetOf(int matrix) => _offsets[matrix];

    /// <summary>What is wrong with a file, as the end of a sentence that begins with its name; null: it is what this header describes.</summary>
    public string? FaultOf(MappedBytes file)
    {
        var expected = Bytes.Span;
        if (file.Length < MatricesAt + HashBytes) return $"ends after {file.Length} bytes, within its header";
        var fixedPart = file.Slice(0, MatricesAt);
        if (!fixedPart.StartsWith(Magic)) return "is no weight cache";
        if (BinaryPrimitives.ReadInt32LittleEndian(fixedPart[VersionAt..]) is var version && version != Version) return $"is of version {version}, this is version {Version}";
        int bytes = BinaryPrimitives.ReadInt32LittleEndian(fixedPart[HeaderBytesAt..]);
        if (bytes < MatricesAt + HashBytes || bytes > file.Length) return "is truncated, or its header is damaged";
        var header = file.Slice(0, bytes);
        if (!SHA256.HashData(header[..^HashBytes]).AsSpan().SequenceEqual(header[^HashBytes..])) return "has a damaged header";
        if (BinaryPrimitives.ReadInt64LittleEndian(fixedPart[FileBytesAt..]) is var length && length != file.Length) return $"has {file.Length} bytes instead of {length}";
        if (!Part(header, LayoutAt, LayoutBytes).SequenceEqual(Part(expected, LayoutAt, LayoutBytes)))
            return $"has the layout '{LayoutOf(header)}', the back end '{LayoutOf(expected)}'";
        if (!Part(header, SourceAt, HashBytes).SequenceEqual(Part(expected, SourceAt, HashBytes))) return "is of other model files than these";
        return header.SequenceEqual(expected) ? null : "has other matrices than the model";
    }

    private static ReadOnlySpan<byte> Part(ReadOnlySpan<byte> header, int at, int length) => header.Slice(at, length);

    private static string LayoutOf(ReadOnlySpan<byte> header) => Encoding.UTF8.GetString(Part(header, LayoutAt, LayoutBytes)).TrimEnd('\0');

    private static byte[] Padded(string layout)
    {
        var bytes = Encoding.UTF8.GetBytes(layout);
        if (bytes.Length > LayoutBytes) throw new ArgumentException($"the layout '{layout}' is {bytes.Length} bytes long; at most {LayoutBytes} are allowed", nameof(layout));
        Array.Resize(ref bytes, LayoutBytes);
        return bytes;
    }

    private static void Write(MemoryStream stream, int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        stream.Write(bytes);
    }

    private static void Write(MemoryStream stream, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        stream.Write(bytes);
    }
}
