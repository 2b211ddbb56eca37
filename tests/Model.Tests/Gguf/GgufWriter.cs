using System.Text;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Gguf;

/// <summary>Writes GGUF files, good ones and ones with any fault: everything that a header claims can be set to something else.</summary>
sealed class GgufWriter
{
    private readonly List<byte[]> _pairs = [];
    private readonly List<(byte[] Name, uint Type, ulong[] Shape, byte[] Data, ulong? Offset)> _tensors = [];

    public byte[] Magic { get; set; } = "GGUF"u8.ToArray();

    public uint Version { get; set; } = 3;

    public ulong? TensorCount { get; set; }

    public ulong? PairCount { get; set; }

    /// <summary>What the data are aligned to; <see cref="Add"/> general.alignment to say so in the file.</summary>
    public int Alignment { get; set; } = 32;

    /// <summary>A pair; the type follows from the value, arrays of arrays included.</summary>
    public GgufWriter Add(string key, object value) =>
        AddRaw(Encoding.UTF8.GetBytes(key), (uint)TypeOf(value.GetType()), Bytes(w => Write(w, value)));

    /// <summary>A pair of any bytes.</summary>
    public GgufWriter AddRaw(byte[] key, uint type, byte[] value)
    {
        _pairs.Add(Bytes(w =>
        {
            WriteString(w, key);
            w.Write(type);
            w.Write(value);
        }));
        return this;
    }

    /// <summary>A tensor; the shape is given outermost first and written the other way round.</summary>
    public GgufWriter Tensor(string name, uint type, ulong[] shape, byte[] data, ulong? offset = null) =>
        Tensor(Encoding.UTF8.GetBytes(name), type, shape, data, offset);

    public GgufWriter Tensor(byte[] name, uint type, ulong[] shape, byte[] data, ulong? offset = null)
    {
        _tensors.Add((name, type, shape, data, offset));
        return this;
    }

    public byte[] ToArray() => Bytes(w =>
    {
        w.Write(Magic);
        w.Write(Version);
        w.Write(TensorCount ?? (ulong)_tensors.Count);
        w.Write(PairCount ?? (ulong)_pairs.Count);
        foreach (var pair in _pairs) w.Write(pair);

        ulong at = 0;
        foreach (var (name, type, shape, data, offset) in _tensors)
        {
            WriteString(w, name);
            w.Write(shape.Length);
            foreach (ulong dim in shape.Reverse()) w.Write(dim);
            w.Write(type);
            w.Write(offset ?? at);
            at = Align(at + (ulong)data.Length);
        }
        foreach (var (_, _, _, data, _) in _tensors)
        {
            Pad(w);
            w.Write(data);
        }
        Pad(w);
    });

    /// <summary>The file in memory under a name.</summary>
    public MemoryFiles ToFiles() => new(ToArray());

    /// <summary>The bytes of a value of a pair.</summary>
    public static void Write(BinaryWriter w, object value)
    {
        switch (value)
        {
            case byte v: w.Write(v); break;
            case sbyte v: w.Write(v); break;
            case ushort v: w.Write(v); break;
            case short v: w.Write(v); break;
            case uint v: w.Write(v); break;
            case int v: w.Write(v); break;
            case ulong v: w.Write(v); break;
            case long v: w.Write(v); break;
            case float v: w.Write(v); break;
            case double v: w.Write(v); break;
            case bool v: w.Write(v); break;
            case string v: WriteString(w, Encoding.UTF8.GetBytes(v)); break;
            case Array array:
                w.Write((uint)TypeOf(array.GetType().GetElementType()!));
                w.Write((ulong)array.Length);
                foreach (object element in array) Write(w, element);
                break;
            default: throw new ArgumentException($"{value}");
        }
    }

    /// <summary>What a writer wrote.</summary>
    public static byte[] Bytes(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        write(writer);
        return stream.ToArray();
    }

    private static void WriteString(BinaryWriter w, byte[] text)
    {
        w.Write((ulong)text.Length);
        w.Write(text);
    }

    private void Pad(BinaryWriter w) => w.Write(new byte[Align((ulong)w.BaseStream.Position) - (ulong)w.BaseStream.Position]);

    private ulong Align(ulong at) => (at + (ulong)Alignment - 1) / (ulong)Alignment * (ulong)Alignment;

    private static GgufValueType TypeOf(Type type) =>
        type.IsArray ? GgufValueType.Array : Enum.Parse<GgufValueType>(type == typeof(bool) ? "Bool" : type.Name.Replace("Single", "Float32", StringComparison.Ordinal)
            .Replace("Double", "Float64", StringComparison.Ordinal).Replace("SByte", "Int8", StringComparison.Ordinal).Replace("Byte", "UInt8", StringComparison.Ordinal));
}
