namespace KernelDsl.Runtime.Model;

/// <summary>Types of metadata values, numbered as in the file.</summary>
public enum GgufValueType
{
    /// <summary>An unsigned byte.</summary>
    UInt8,

    /// <summary>A signed byte.</summary>
    Int8,

    /// <summary>Two bytes, unsigned.</summary>
    UInt16,

    /// <summary>Two bytes, signed.</summary>
    Int16,

    /// <summary>Four bytes, unsigned.</summary>
    UInt32,

    /// <summary>Four bytes, signed.</summary>
    Int32,

    /// <summary>IEEE 754, four bytes.</summary>
    Float32,

    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>Eight bytes of length, then UTF-8.</summary>
    String,

    /// <summary>Four bytes of element type, eight of length, then the elements.</summary>
    Array,

    /// <summary>Eight bytes, unsigned.</summary>
    UInt64,

    /// <summary>Eight bytes, signed.</summary>
    Int64,

    /// <summary>IEEE 754, eight bytes.</summary>
    Float64,
}

/// <summary>What the reader needs to know of them.</summary>
static class GgufValueTypes
{
    /// <summary>How many there are.</summary>
    public const int Count = 13;

    /// <summary>Bytes of a value, or the fewest that it can have (strings and arrays).</summary>
    public static int Size(this GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.Array => 12,
        _ => 8,
    };

    /// <summary>Whether all values have the same size.</summary>
    public static bool IsFixed(this GgufValueType type) => type is not (GgufValueType.String or GgufValueType.Array);
}
