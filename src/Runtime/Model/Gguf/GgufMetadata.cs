using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace KernelDsl.Runtime.Model;

/// <summary>The metadata of a GGUF file: values are read with their type and range, and every fault names the file, the key and the value.</summary>
public sealed class GgufMetadata
{
    private readonly Dictionary<string, GgufValue> _values;
    private readonly MappedBytes _bytes;

    internal GgufMetadata(string file, Dictionary<string, GgufValue> values, MappedBytes bytes) => (File, _values, _bytes) = (file, values, bytes);

    /// <summary>The file, as messages call it.</summary>
    public string File { get; }

    /// <summary>All keys.</summary>
    public IReadOnlyCollection<string> Keys => _values.Keys;

    /// <summary>Whether the key is there.</summary>
    public bool Has(string key) => _values.ContainsKey(key);

    /// <summary>A value as it lies in the file, where the key is there.</summary>
    public bool TryGet(string key, out GgufValue value) => _values.TryGetValue(key, out value);

    /// <summary>An integer of any width within a range; the default where it is absent; required where there is no default.</summary>
    /// <exception cref="GgufException">It is missing, no integer, or out of range.</exception>
    public long Integer(string key, long least, long most, long? byDefault = null)
    {
        if (!TryGet(key, out var value)) return byDefault ?? throw Missing(key, $"an integer from {least} to {most}");
        return IntegerAt(value.Type, value.Offset) is { } i && i >= least && i <= most
            ? (long)i
            : throw Fault(key, Describe(value), $"an integer from {least} to {most}");
    }

    /// <summary>The same, of 32 bits.</summary>
    /// <exception cref="GgufException">It is missing, no integer, or out of range.</exception>
    public int Int(string key, int least, int most, int? byDefault = null) => (int)Integer(key, least, most, byDefault);

    /// <summary>A finite number (a float, or an integer) within a range; the default where it is absent; required where there is no default.</summary>
    /// <exception cref="GgufException">It is missing, no number, or out of range.</exception>
    public double Number(string key, double least, double most, double? byDefault = null)
    {
        if (!TryGet(key, out var value)) return byDefault ?? throw Missing(key, $"a number from {least} to {most}");
        return NumberAt(value) is { } d && d >= least && d <= most ? d : throw Fault(key, Describe(value), $"a number from {least} to {most}");
    }

    /// <summary>True or false; the default where it is absent.</summary>
    /// <exception cref="GgufException">It is no truth value.</exception>
    public bool Bool(string key, bool byDefault)
    {
        if (!TryGet(key, out var value)) return byDefault;
        return value.Type == GgufValueType.Bool ? _bytes.Slice(value.Offset, 1)[0] != 0 : throw Fault(key, Describe(value), "true or false");
    }

    /// <summary>A string; null where it is absent.</summary>
    /// <exception cref="GgufException">It is no string.</exception>
    public string? String(string key)
    {
        if (!TryGet(key, out var value)) return null;
        return value.Type == GgufValueType.String ? Encoding.UTF8.GetString(TextAt(value.Offset)) : throw Fault(key, Describe(value), "a string");
    }

    /// <summary>How many elements an array of some type has; null where it is absent.</summary>
    public long? Length(string key) => TryGet(key, out var value) && value.Type == GgufValueType.Array ? value.Count : null;

    /// <summary>A list of strings; null where it is absent.</summary>
    /// <exception cref="GgufException">It is no list of strings.</exception>
    public IReadOnlyList<string>? Strings(string key)
    {
        if (!TryGet(key, out var value)) return null;
        if (value is not { Type: GgufValueType.Array, ElementType: GgufValueType.String }) throw Fault(key, Describe(value), "an array of strings");
        if (value.Count > Array.MaxLength) throw Fault(key, $"{value.Count} long", $"at most {Array.MaxLength} long");
        // The header has been checked: each takes at least eight bytes of the file.
        var list = new List<string>((int)value.Count);
        long at = value.Offset;
        for (long i = 0; i < value.Count; i++)
        {
            var text = TextAt(at);
            list.Add(Encoding.UTF8.GetString(text));
            at += sizeof(ulong) + text.Length;
        }
        return list;
    }

    /// <summary>A list of integers of any width, each within a range; null where it is absent.</summary>
    /// <exception cref="GgufException">It is no list of integers, or one of them is out of range.</exception>
    public IReadOnlyList<int>? Ints(string key, int least, int most)
    {
        if (!TryGet(key, out var value)) return null;
        string allowed = $"an array of integers from {least} to {most}";
        if (value.Type != GgufValueType.Array) throw Fault(key, Describe(value), allowed);
        var list = new List<int>();
        for (long i = 0; i < value.Count; i++)
        {
            if (IntegerAt(value.ElementType, value.Offset + i * value.ElementType.Size()) is not { } n) throw Fault(key, Describe(value), allowed);
            if (n < least || n > most) throw Fault($"{key}[{i}]", $"{n}", $"an integer from {least} to {most}");
            list.Add((int)n);
        }
        return list;
    }

    /// <summary>A value that this key may not have.</summary>
    public GgufException Fault(string key, string value, string allowed) => new(File, null, GgufFault.Value, $"{key} is {value}; it must be {allowed}");

    /// <summary>A key that must be there.</summary>
    public GgufException Missing(string key, string allowed) => new(File, null, GgufFault.Value, $"{key} is missing; it must be {allowed}");

    private string Describe(GgufValue value) => value.Type switch
    {
        GgufValueType.String => Text.Quote(Beginning(TextAt(value.Offset))),
        GgufValueType.Bool => _bytes.Slice(value.Offset, 1)[0] != 0 ? "true" : "false",
        GgufValueType.Array => $"an array of {value.ElementType}",
        _ => NumberText(value),
    };

    // A message shows the beginning only: a text may be as long as the file.
    private static string Beginning(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text[..Math.Min(text.Length, 1024)]);

    private string NumberText(GgufValue value) => IntegerAt(value.Type, value.Offset) is { } i
        ? i.ToString(CultureInfo.InvariantCulture)
        : NumberAt(value)!.Value.ToString(CultureInfo.InvariantCulture);

    private ReadOnlySpan<byte> TextAt(long offset) =>
        _bytes.Slice(offset + sizeof(ulong), (int)BinaryPrimitives.ReadUInt64LittleEndian(_bytes.Slice(offset, sizeof(ulong))));

    private double? NumberAt(GgufValue value) => value.Type switch
    {
        GgufValueType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(_bytes.Slice(value.Offset, 4)),
        GgufValueType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(_bytes.Slice(value.Offset, 8)),
        _ => (double?)IntegerAt(value.Type, value.Offset),
    };

    // 128 bits hold every signed and unsigned width.
    private Int128? IntegerAt(GgufValueType type, long offset) => type switch
    {
        GgufValueType.UInt8 => _bytes.Slice(offset, 1)[0],
        GgufValueType.Int8 => (sbyte)_bytes.Slice(offset, 1)[0],
        GgufValueType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.Slice(offset, 2)),
        GgufValueType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(_bytes.Slice(offset, 2)),
        GgufValueType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.Slice(offset, 4)),
        GgufValueType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(_bytes.Slice(offset, 4)),
        GgufValueType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.Slice(offset, 8)),
        GgufValueType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(_bytes.Slice(offset, 8)),
        _ => null,
    };
}
