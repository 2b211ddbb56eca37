using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Gguf;

/// <summary>Every way in which a file can break the format, each refused by name and without a large allocation.</summary>
public sealed class GgufFaultTests
{
    private const uint F32 = 0, Q8 = 8, I8 = 24;

    // Bytes of a string whose length is a lie.
    private static byte[] Claimed(ulong length, params byte[] text) => GgufWriter.Bytes(w =>
    {
        w.Write(length);
        w.Write(text);
    });

    private static byte[] ArrayOf(uint type, ulong length, params byte[] elements) => GgufWriter.Bytes(w =>
    {
        w.Write(type);
        w.Write(length);
        w.Write(elements);
    });

    private static byte[] DeepArray(int depth) => GgufWriter.Bytes(w =>
    {
        for (int i = 0; i < depth; i++)
        {
            w.Write(9u);
            w.Write(1ul);
        }
        w.Write(0u);
        w.Write(0ul);
    });

    public static TheoryData<string, GgufFault, string> Cases
    {
        get
        {
            var data = new TheoryData<string, GgufFault, string>();
            foreach (var (name, (fault, message, _)) in All) data.Add(name, fault, message);
            return data;
        }
    }

    private static readonly Dictionary<string, (GgufFault Fault, string Message, Func<byte[]> Make)> All = new()
    {
        ["empty"] = (GgufFault.Truncated, "the file ends at byte 0, inside the magic", static () => []),
        ["magic"] = (GgufFault.NotGguf, "does not begin with GGUF", static () => new GgufWriter { Magic = "GGML"u8.ToArray() }.ToArray()),
        ["version 1"] = (GgufFault.Version, "is of GGUF version 1; versions 2 and 3 are read", static () => new GgufWriter { Version = 1 }.ToArray()),
        ["version 4"] = (GgufFault.Version, "is of GGUF version 4", static () => new GgufWriter { Version = 4 }.ToArray()),
        ["version 0"] = (GgufFault.Version, "is of GGUF version 0", static () => new GgufWriter { Version = 0 }.ToArray()),
        ["big-endian"] = (GgufFault.Version, "is in big-endian order", static () => new GgufWriter { Version = 0x03000000 }.ToArray()),
        ["tensor count"] = (GgufFault.Count, "the number of tensors is 18446744073709551615", static () => new GgufWriter { TensorCount = ulong.MaxValue }.ToArray()),
        ["pair count"] = (GgufFault.Count, "the number of metadata keys is 1000", static () => new GgufWriter { PairCount = 1000 }.Add("a", 1).ToArray()),
        ["one pair too many"] = (GgufFault.Count, "metadata key 2 of 2: the key is empty", static () => new GgufWriter { PairCount = 2 }.Add("a", 1).ToArray()),

        ["key twice"] = (GgufFault.DuplicateName, "metadata key 'a': occurs twice", static () => new GgufWriter().Add("a", 1).Add("a", 2).ToArray()),
        ["key empty"] = (GgufFault.Count, "metadata key 1 of 1: the key is empty", static () => new GgufWriter().Add("", 1).ToArray()),
        ["key too long"] = (GgufFault.Count, "the key claims 65536 bytes; at most 65535", static () => new GgufWriter().Add(new string('k', 65_536), 1).ToArray()),
        ["key not UTF-8"] = (GgufFault.Text, "metadata key 1 of 1: the key is not valid UTF-8", static () => new GgufWriter().AddRaw([0xFF], 0, [1]).ToArray()),
        ["value type"] = (GgufFault.ValueType, "metadata key 'a': the value's type is 13; the format has types 0 to 12", static () => new GgufWriter().AddRaw([(byte)'a'], 13, [1]).ToArray()),
        ["bool"] = (GgufFault.Value, "a truth value is 2; it must be 0 or 1", static () => new GgufWriter().AddRaw([(byte)'a'], 7, [2]).ToArray()),
        ["bool in an array"] = (GgufFault.Value, "a truth value is 3", static () => new GgufWriter().AddRaw([(byte)'a'], 9, ArrayOf(7, 2, 1, 3)).ToArray()),
        ["string too long"] = (GgufFault.Count, "a string claims 18446744073709551615 bytes", static () => new GgufWriter().AddRaw([(byte)'a'], 8, Claimed(ulong.MaxValue, 1)).ToArray()),
        ["string past the end"] = (GgufFault.Truncated, "the file ends at byte", static () => new GgufWriter().AddRaw([(byte)'a'], 8, Claimed(100_000_000, 65)).ToArray()),
        ["string not UTF-8"] = (GgufFault.Text, "metadata key 'a': a string is not valid UTF-8", static () => new GgufWriter().AddRaw([(byte)'a'], 8, Claimed(2, 0xC3, 0x28)).ToArray()),
        ["surrogate"] = (GgufFault.Text, "is not valid UTF-8", static () => new GgufWriter().AddRaw([(byte)'a'], 8, Claimed(3, 0xED, 0xA0, 0x80)).ToArray()),
        ["array length"] = (GgufFault.Count, "the array's length is 1000000000000; the", static () => new GgufWriter().AddRaw([(byte)'a'], 9, ArrayOf(4, 1_000_000_000_000, 1)).ToArray()),
        ["array of strings length"] = (GgufFault.Count, "the array's length is 1000000", static () => new GgufWriter().AddRaw([(byte)'a'], 9, ArrayOf(8, 1_000_000, 1)).ToArray()),
        ["array element type"] = (GgufFault.ValueType, "the array's element type is 99", static () => new GgufWriter().AddRaw([(byte)'a'], 9, ArrayOf(99, 1, 1)).ToArray()),
        ["array too deep"] = (GgufFault.ValueType, "arrays lie more than 4 deep", static () => new GgufWriter().AddRaw([(byte)'a'], 9, DeepArray(1000)).ToArray()),
        ["alignment 24"] = (GgufFault.Value, "general.alignment is 24; it must be a power of two", static () => new GgufWriter().Add("general.alignment", 24u).ToArray()),
        ["alignment 0"] = (GgufFault.Value, "general.alignment is 0; it must be an integer from 8", static () => new GgufWriter().Add("general.alignment", 0u).ToArray()),
        ["alignment text"] = (GgufFault.Value, "general.alignment is '32'; it must be an integer", static () => new GgufWriter().Add("general.alignment", "32").ToArray()),

        ["name twice"] = (GgufFault.DuplicateName, "tensor 'a': occurs twice", static () => new GgufWriter().Tensor("a", I8, [1], [1]).Tensor("a", I8, [1], [1]).ToArray()),
        ["name too long"] = (GgufFault.Count, "its name claims 65 bytes; at most 64", static () => new GgufWriter().Tensor(new string('n', 65), I8, [1], [1]).ToArray()),
        ["name not UTF-8"] = (GgufFault.Text, "tensor 1 of 1: its name is not valid UTF-8", static () => new GgufWriter().Tensor([0x80], I8, [1], [1]).ToArray()),
        ["name empty"] = (GgufFault.Count, "its name is empty", static () => new GgufWriter().Tensor("", I8, [40], new byte[40]).ToArray()),
        ["dimensions"] = (GgufFault.Shape, "tensor 'a': has 5 dimensions; at most 4", static () => new GgufWriter().Tensor("a", I8, [1, 1, 1, 1, 1], [1]).ToArray()),
        ["dimension 0"] = (GgufFault.Shape, "I8 [2, 0] has a dimension of 0", static () => new GgufWriter().Tensor("a", I8, [2, 0], []).ToArray()),
        ["shape overflow"] = (GgufFault.Shape, "does not fit 64 bits", static () => new GgufWriter().Tensor("a", F32, [1ul << 32, 1ul << 32], [1]).ToArray()),
        ["one dimension overflow"] = (GgufFault.Shape, "does not fit 64 bits", static () => new GgufWriter().Tensor("a", I8, [ulong.MaxValue], [1]).ToArray()),
        ["bytes overflow"] = (GgufFault.Shape, "does not fit 64 bits", static () => new GgufWriter().Tensor("a", F32, [1ul << 62], [1]).ToArray()),
        ["partial block"] = (GgufFault.Shape, "Q8_0 [2, 33] has rows of 33 elements; Q8_0 needs a multiple of 32", static () => new GgufWriter().Tensor("a", Q8, [2, 33], new byte[70]).ToArray()),
        ["partial block, whole in all"] = (GgufFault.Shape, "has rows of 16 elements", static () => new GgufWriter().Tensor("a", Q8, [2, 16], new byte[34]).ToArray()),
        ["quantised scalar"] = (GgufFault.Shape, "has rows of 1 elements", static () => new GgufWriter().Tensor("a", Q8, [], new byte[34]).ToArray()),
        ["unknown type"] = (GgufFault.TensorType, "has type 1000, which is none of ggml's", static () => new GgufWriter().Tensor("a", 1000, [1], [1]).ToArray()),
        ["removed type"] = (GgufFault.TensorType, "has type Q4_0_4_4, which GGUF no longer has; types loaded are F32, F16, Q4_0", static () => new GgufWriter().Tensor("a", 31, [32], new byte[18]).ToArray()),
        ["misaligned"] = (GgufFault.Offset, "begins at byte 16 of the data, no multiple of general.alignment = 32", static () => new GgufWriter().Tensor("a", I8, [1], [1], offset: 16).ToArray()),
        ["overlap"] = (GgufFault.Offset, "tensor 'b': begins at byte 0 of the data, expected 32", static () => new GgufWriter().Tensor("a", I8, [1], [1]).Tensor("b", I8, [1], [1], offset: 0).ToArray()),
        ["hole"] = (GgufFault.Offset, "tensor 'b': begins at byte 32 of the data, expected 0", static () => new GgufWriter().Tensor("b", I8, [1], [1], offset: 32).Tensor("c", I8, [1], [1], offset: 64).Tensor("d", I8, [1], [1], offset: 64).ToArray()),
        ["out of range"] = (GgufFault.Truncated, "takes 1 bytes from byte 18446744073709551584 of the data, which has 32", static () => new GgufWriter().Tensor("a", I8, [1], [1], offset: ulong.MaxValue - 31).ToArray()),
        ["past the end"] = (GgufFault.Truncated, "takes 1000000 bytes from byte 0 of the data, which has 32; is the file truncated?", static () => new GgufWriter().Tensor("a", I8, [1_000_000], [1]).ToArray()),
        ["truncated data"] = (GgufFault.Truncated, "takes 64 bytes", static () => new GgufWriter().Tensor("a", I8, [64], new byte[64]).ToArray()[..^1]),
        ["truncated padding"] = (GgufFault.Truncated, "of the data, which has 0", static () => new GgufWriter().Tensor("a", I8, [64], new byte[64]).ToArray()[..^70]),
        ["trailing bytes"] = (GgufFault.TrailingBytes, "bytes, its tensors end at byte", static () => [.. new GgufWriter().Tensor("a", I8, [1], [1]).ToArray(), 0]),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Open_FileWithAFault_IsRefusedByName(string name, GgufFault fault, string message)
    {
        var bytes = All[name].Make();
        var files = new MemoryFiles(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<GgufException>(files.Open);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(fault, error.Fault);
        Assert.StartsWith($"{MemoryFiles.File}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.True(allocated < (1 << 20) + 16 * bytes.Length, $"{allocated} bytes allocated");
    }
}
