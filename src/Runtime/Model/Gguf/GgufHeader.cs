namespace KernelDsl.Runtime.Model;

/// <summary>
/// Reads the header of a GGUF file: magic, version, counts, metadata, tensors. Versions 2 and 3 have the same form in little-endian order.
/// Counts and lengths are checked against what the rest of the file can hold before anything is made of them.
/// </summary>
static class GgufHeader
{
    // The format's own limits.
    private const int LongestKey = 65_535, LongestName = 64, MostDims = 4;

    // The fewest bytes of a pair (length, one letter, type, one byte) and of a tensor (length, one letter, dimensions, type, offset).
    private const int SmallestPair = 14, SmallestTensor = 25;

    private const uint Magic = 0x46554747;

    /// <summary>A tensor as its header has it.</summary>
    /// <param name="Start">First byte, from the beginning of the data.</param>
    public readonly record struct Declared(string Name, uint TypeNumber, GgufLayout Layout, long[] Shape, ulong Start, long Bytes);

    /// <summary>Everything before the tensors' data.</summary>
    /// <param name="End">The byte after it.</param>
    public sealed record Parts(int Version, Dictionary<string, GgufValue> Metadata, List<Declared> Tensors, long End);

    /// <exception cref="GgufException">The file breaks the format.</exception>
    public static Parts Read(string file, MappedBytes bytes)
    {
        var cursor = new GgufCursor(file, bytes);
        int version = Version(cursor);
        long tensorCount = cursor.Count("the number of tensors", SmallestTensor);
        long pairCount = cursor.Count("the number of metadata keys", SmallestPair);

        var metadata = new Dictionary<string, GgufValue>(StringComparer.Ordinal);
        for (long i = 0; i < pairCount; i++)
        {
            cursor.Enter("metadata key", i + 1, pairCount);
            string key = Name(cursor, "the key", LongestKey);
            cursor.Name(key);
            var value = GgufValueWalk.Pass(cursor);
            if (!metadata.TryAdd(key, value)) throw cursor.Fault(GgufFault.DuplicateName, "occurs twice");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        var tensors = new List<Declared>();
        for (long i = 0; i < tensorCount; i++)
        {
            cursor.Enter("tensor", i + 1, tensorCount);
            string name = Name(cursor, "its name", LongestName);
            cursor.Name(name);
            if (!names.Add(name)) throw cursor.Fault(GgufFault.DuplicateName, "occurs twice");
            tensors.Add(Tensor(cursor, name));
        }
        return new(version, metadata, tensors, cursor.Position);
    }

    private static int Version(GgufCursor cursor)
    {
        if (cursor.UInt32("the magic") != Magic) throw cursor.Fault(GgufFault.NotGguf, "does not begin with GGUF; is it a GGUF file?");
        uint version = cursor.UInt32("the version");
        if ((version & 0xFFFF) == 0 && version != 0)
            throw cursor.Fault(GgufFault.Version, "is in big-endian order; convert it to little-endian");
        return version is 2 or 3 ? (int)version : throw cursor.Fault(GgufFault.Version, $"is of GGUF version {version}; versions 2 and 3 are read");
    }

    private static string Name(GgufCursor cursor, string what, int longest)
    {
        string name = cursor.String(what, longest);
        return name.Length > 0 ? name : throw cursor.Fault(GgufFault.Count, $"{what} is empty");
    }

    private static Declared Tensor(GgufCursor cursor, string name)
    {
        uint dims = cursor.UInt32("its number of dimensions");
        if (dims > MostDims) throw cursor.Fault(GgufFault.Shape, $"has {dims} dimensions; at most {MostDims} are allowed");
        var shape = new ulong[dims];
        // The file has the innermost first.
        for (int i = shape.Length - 1; i >= 0; i--) shape[i] = cursor.UInt64("its shape");

        uint number = cursor.UInt32("its type");
        if (GgufTypes.Find(number) is not { } layout)
            throw cursor.Fault(GgufFault.TensorType, $"has type {number}, which is none of ggml's; types loaded are {GgufTypes.Loadable}");
        if (layout.BlockSize == 0)
            throw cursor.Fault(GgufFault.TensorType, $"has type {layout.Name}, which GGUF no longer has; types loaded are {GgufTypes.Loadable}");

        var (lengths, bytes) = Size(cursor, shape, layout);
        return new(name, number, layout, lengths, cursor.UInt64("its offset"), bytes);
    }

    private static (long[] Shape, long Bytes) Size(GgufCursor cursor, ulong[] shape, GgufLayout layout)
    {
        string Shown() => $"{layout.Name} {Text.Shape<ulong>(shape)}";
        if (shape.Contains(0ul)) throw cursor.Fault(GgufFault.Shape, $"{Shown()} has a dimension of 0; each is at least 1");
        ulong row = shape.Length == 0 ? 1 : shape[^1];
        if (row % (ulong)layout.BlockSize != 0)
            throw cursor.Fault(GgufFault.Shape, $"{Shown()} has rows of {row} elements; {layout.Name} needs a multiple of {layout.BlockSize}");
        try
        {
            long bytes = checked((long)(row / (ulong)layout.BlockSize) * layout.BlockBytes);
            foreach (ulong dim in shape.AsSpan(0, Math.Max(shape.Length - 1, 0))) bytes = checked(bytes * (long)dim);
            return (Array.ConvertAll(shape, static d => checked((long)d)), bytes);
        }
        catch (OverflowException)
        {
            throw cursor.Fault(GgufFault.Shape, $"{Shown()} does not fit 64 bits");
        }
    }
}
