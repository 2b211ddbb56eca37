using System.Buffers.Binary;
using System.Text.Json;

namespace KernelDsl.Model.Tests.Checkpoint;

/// <summary>Elements of a safetensors tensor as doubles, spelt out per dtype.</summary>
static class ElementReader
{
    public static double[] ToDoubles(ReadOnlySpan<byte> bytes, string dtype)
    {
        int size = dtype switch { "BOOL" or "I8" or "U8" => 1, "I16" or "F16" or "BF16" => 2, "I32" or "F32" => 4, _ => 8 };
        var values = new double[bytes.Length / size];
        for (int i = 0; i < values.Length; i++)
        {
            var e = bytes.Slice(i * size, size);
            values[i] = dtype switch
            {
                "BOOL" or "U8" => e[0],
                "I8" => (sbyte)e[0],
                "I16" => BinaryPrimitives.ReadInt16LittleEndian(e),
                "I32" => BinaryPrimitives.ReadInt32LittleEndian(e),
                "I64" => BinaryPrimitives.ReadInt64LittleEndian(e),
                "F16" => (double)BinaryPrimitives.ReadHalfLittleEndian(e),
                "BF16" => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(e) << 16),
                "F32" => BinaryPrimitives.ReadSingleLittleEndian(e),
                "F64" => BinaryPrimitives.ReadDoubleLittleEndian(e),
                _ => throw new ArgumentException(dtype),
            };
        }
        return values;
    }

    public static double Expected(JsonElement value) => value.ValueKind == JsonValueKind.Number
        ? value.GetDouble()
        : value.GetString() switch { "inf" => double.PositiveInfinity, "-inf" => double.NegativeInfinity, _ => double.NaN };
}
