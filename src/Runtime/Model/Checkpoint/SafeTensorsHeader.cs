using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;

namespace KernelDsl.Runtime.Model;

/// <summary>
/// Reads and checks the header of a safetensors file: eight bytes of length (little-endian), then JSON, then the tensors back to back.
/// As strict as the format's reference reader (huggingface/safetensors, tensor.rs), and stricter in that no name may occur twice.
/// </summary>
static class SafeTensorsHeader
{
    private const int LengthBytes = 8, LargestHeader = 100_000_000, DeepestJson = 128;

    /// <summary>The tensors in the order of their offsets.</summary>
    /// <exception cref="SafeTensorsException">The file breaks the format.</exception>
    public static List<TensorEntry> Read(string file, MappedBytes bytes)
    {
        if (bytes.Length < LengthBytes)
            throw new SafeTensorsException(file, null, SafeTensorsFault.HeaderTooSmall, $"{bytes.Length} bytes; a safetensors file begins with 8 bytes of header length");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Slice(0, LengthBytes));
        if (length > LargestHeader)
            throw new SafeTensorsException(file, null, SafeTensorsFault.HeaderTooLarge, $"claims a header of {length} bytes, more than {LargestHeader}; is it a safetensors file?");
        if ((long)length > bytes.Length - LengthBytes)
            throw new SafeTensorsException(file, null, SafeTensorsFault.InvalidHeaderLength, $"claims a header of {length} bytes, the file has {bytes.Length}; is it truncated?");

        var json = bytes.Slice(LengthBytes, (int)length);
        if (!Utf8.IsValid(json))
            throw new SafeTensorsException(file, null, SafeTensorsFault.InvalidHeader, "the header is not valid UTF-8");

        var tensors = new Parser(file, json).Parse();
        Validate(file, tensors, (ulong)(bytes.Length - LengthBytes) - length);
        return tensors.ConvertAll(t => t.Place(LengthBytes + (long)length));
    }

    private static void Validate(string file, List<Declared> tensors, ulong dataBytes)
    {
        tensors.Sort(static (a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        ulong at = 0;
        foreach (var tensor in tensors)
        {
            SafeTensorsException Fault(SafeTensorsFault fault, string message) => new(file, tensor.Name, fault, message);

            if (tensor.Begin != at || tensor.End < tensor.Begin)
                throw Fault(SafeTensorsFault.InvalidOffset, $"data_offsets [{tensor.Begin}, {tensor.End}], expected to begin at {at}: tensors must follow each other without hole or overlap");
            if (tensor.Bits() is not { } bits)
                throw Fault(SafeTensorsFault.ValidationOverflow, $"a shape of {Text.Shape<ulong>(tensor.Shape)} does not fit 64 bits");
            if (bits % 8 != 0)
                throw Fault(SafeTensorsFault.MisalignedSlice, $"{tensor.DType} {Text.Shape<ulong>(tensor.Shape)} is {bits} bits, not a whole number of bytes");
            if (tensor.End - tensor.Begin != bits / 8)
                throw Fault(SafeTensorsFault.TensorInvalidInfo, $"data_offsets span {tensor.End - tensor.Begin} bytes, {tensor.DType} {Text.Shape<ulong>(tensor.Shape)} needs {bits / 8}");
            at = tensor.End;
        }
        if (at != dataBytes)
            throw new SafeTensorsException(file, tensors.Count > 0 ? tensors[^1].Name : null, SafeTensorsFault.MetadataIncompleteBuffer, $"the tensors end at byte {at} of {dataBytes}; is the file truncated or padded?");
    }

    /// <summary>Bits of one element, or 0 for an unknown dtype.</summary>
    private static int BitsOf(string dtype) => dtype switch
    {
        "F4" => 4,
        "F6_E2M3" or "F6_E3M2" => 6,
        "BOOL" or "U8" or "I8" or "F8_E5M2" or "F8_E4M3" or "F8_E8M0" or "F8_E5M2FNUZ" or "F8_E4M3FNUZ" => 8,
        "I16" or "U16" or "F16" or "BF16" => 16,
        "I32" or "U32" or "F32" => 32,
        "I64" or "U64" or "F64" or "C64" => 64,
        _ => 0,
    };

    private readonly record struct Declared(string Name, string DType, ulong[] Shape, ulong Begin, ulong End)
    {
        public ulong? Bits()
        {
            try
            {
                ulong bits = 1;
                foreach (ulong dim in Shape) bits = checked(bits * dim);
                return checked(bits * (ulong)BitsOf(DType));
            }
            catch (OverflowException)
            {
                return null;
            }
        }

        public TensorEntry Place(long dataStart) => new(Name, DType, Shape, dataStart + (long)Begin, (long)(End - Begin));
    }

    private ref struct Parser(string file, ReadOnlySpan<byte> json)
    {
        private Utf8JsonReader _reader = new(json, new JsonReaderOptions { MaxDepth = DeepestJson });
        private string? _tensor;

        public List<Declared> Parse()
        {
            try
            {
                var tensors = new List<Declared>();
                var names = new HashSet<string>(StringComparer.Ordinal);
                Expect(JsonTokenType.StartObject, "the header must be an object");
                while (Next() == JsonTokenType.PropertyName)
                {
                    _tensor = _reader.GetString()!;
                    if (!names.Add(_tensor)) throw new SafeTensorsException(file, _tensor, SafeTensorsFault.DuplicateName, "the name occurs twice in the header");
                    if (_tensor == "__metadata__") SkipMetadata();
                    else tensors.Add(ParseTensor(_tensor));
                }
                _tensor = null;
                while (_reader.Read())
                {
                }
                return tensors;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // InvalidOperationException: a string with half a surrogate pair.
                throw Fault($"the header is not valid JSON: {e.Message}", e);
            }
        }

        private Declared ParseTensor(string name)
        {
            string? dtype = null;
            ulong[]? shape = null, offsets = null;
            Expect(JsonTokenType.StartObject, "must be an object of dtype, shape and data_offsets");
            while (Next() == JsonTokenType.PropertyName)
            {
                var field = _reader.GetString()!;
                switch (field)
                {
                    case "dtype" when dtype == null:
                        Expect(JsonTokenType.String, "dtype must be a string");
                        dtype = _reader.GetString()!;
                        if (BitsOf(dtype) == 0) throw Fault($"dtype {Text.Quote(dtype)} is not one of the format's");
                        break;
                    case "shape" when shape == null:
                        shape = Integers("shape");
                        break;
                    case "data_offsets" when offsets == null:
                        offsets = Integers("data_offsets");
                        if (offsets.Length != 2) throw Fault($"data_offsets has {offsets.Length} numbers, must have 2");
                        break;
                    case "dtype" or "shape" or "data_offsets":
                        throw Fault($"{field} occurs twice");
                    default:
                        _reader.Skip();
                        break;
                }
            }
            if (dtype == null || shape == null || offsets == null)
                throw Fault($"{(dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets")} is missing");
            return new(name, dtype, shape, offsets[0], offsets[1]);
        }

        private ulong[] Integers(string field)
        {
            Expect(JsonTokenType.StartArray, $"{field} must be an array of non-negative integers");
            var values = new List<ulong>();
            while (Next() != JsonTokenType.EndArray)
            {
                if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetUInt64(out ulong value))
                    throw Fault($"{field} must hold non-negative integers only");
                values.Add(value);
            }
            return [.. values];
        }

        private void SkipMetadata()
        {
            if (Next() == JsonTokenType.Null) return;
            if (_reader.TokenType != JsonTokenType.StartObject) throw Fault("must be an object of strings");
            while (Next() == JsonTokenType.PropertyName)
                Expect(JsonTokenType.String, "must be an object of strings");
        }

        private JsonTokenType Next()
        {
            if (!_reader.Read()) throw Fault("the header ends early");
            return _reader.TokenType;
        }

        private void Expect(JsonTokenType type, string message)
        {
            if (Next() != type) throw Fault(message);
        }

        private readonly SafeTensorsException Fault(string message, Exception? inner = null) =>
            new(file, _tensor, SafeTensorsFault.InvalidHeaderDeserialization, message, inner);
    }
}
