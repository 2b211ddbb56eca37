using System.Buffers.Binary;
using System.Text;

namespace KernelDsl.Tools.Peers.ToGguf;

/// <summary>
/// A GGUF file, version 3 (ggml's docs/gguf.md): magic and counts, typed key-value pairs, a table of tensors, then their data, each at a
/// multiple of the alignment. Little-endian. Pairs and table are collected first; data is streamed.
/// </summary>
sealed class GgufWriter : IDisposable
{
    private const int Alignment = 32;

    private readonly MemoryStream _pairs = new(), _table = new();
    private readonly List<long> _sizes = [];
    private long _pairCount, _dataBytes;

    /// <summary>Types of values as the format numbers them.</summary>
    private enum ValueType { UInt32 = 4, Int32 = 5, Float32 = 6, Bool = 7, String = 8, Array = 9 }

    /// <summary>Adds an integer.</summary>
    public void Add(string key, int value)
    {
        Pair(key, ValueType.UInt32);
        Write(_pairs, (uint)value);
    }

    /// <summary>Adds a number.</summary>
    public void Add(string key, float value)
    {
        Pair(key, ValueType.Float32);
        Write(_pairs, BitConverter.SingleToUInt32Bits(value));
    }

    /// <summary>Adds a truth value.</summary>
    public void Add(string key, bool value)
    {
        Pair(key, ValueType.Bool);
        _pairs.WriteByte(value ? (byte)1 : (byte)0);
    }

    /// <summary>Adds a text.</summary>
    public void Add(string key, string value)
    {
        Pair(key, ValueType.String);
        Write(_pairs, value);
    }

    /// <summary>Adds a list of texts.</summary>
    public void Add(string key, IReadOnlyCollection<string> values)
    {
        Array(key, ValueType.String, values.Count);
        foreach (string value in values)
            Write(_pairs, value);
    }

    /// <summary>Adds a list of integers.</summary>
    public void Add(string key, IReadOnlyCollection<int> values)
    {
        Array(key, ValueType.Int32, values.Count);
        foreach (int value in values)
            Write(_pairs, (uint)value);
    }

    /// <summary>Adds a tensor to the table; its data follows in the same order.</summary>
    /// <param name="shape">Slowest dimension first, as safetensors has it; the format wants the fastest first.</param>
    public void Declare(string name, int type, ReadOnlySpan<int> shape, long bytes)
    {
        Write(_table, name);
        Write(_table, (uint)shape.Length);
        for (int i = shape.Length - 1; i >= 0; i--)
            Write(_table, (ulong)shape[i]);
        Write(_table, (uint)type);
        Write(_table, (ulong)_dataBytes);
        _sizes.Add(bytes);
        _dataBytes += Aligned(bytes);
    }

    /// <summary>Writes the whole file.</summary>
    /// <param name="writeTensor">Writes the data of one tensor, by its place in the table.</param>
    public void WriteTo(Stream file, Action<int, Stream> writeTensor)
    {
        Write(file, BinaryPrimitives.ReadUInt32LittleEndian("GGUF"u8));
        Write(file, 3u);
        Write(file, (ulong)_sizes.Count);
        Write(file, (ulong)_pairCount);
        _pairs.WriteTo(file);
        _table.WriteTo(file);
        Pad(file, 24 + _pairs.Length + _table.Length);
        for (int i = 0; i < _sizes.Count; i++)
        {
            writeTensor(i, file);
            Pad(file, _sizes[i]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pairs.Dispose();
        _table.Dispose();
    }

    private void Pair(string key, ValueType type)
    {
        Write(_pairs, key);
        Write(_pairs, (uint)type);
        _pairCount++;
    }

    private void Array(string key, ValueType element, int count)
    {
        Pair(key, ValueType.Array);
        Write(_pairs, (uint)element);
        Write(_pairs, (ulong)count);
    }

    private static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static void Pad(Stream stream, long written) => stream.Write(stackalloc byte[(int)(Aligned(written) - written)]);

    private static void Write(Stream stream, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Write(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    private static void Write(Stream stream, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    private static void Write(Stream stream, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        stream.Write(bytes);
    }
}
