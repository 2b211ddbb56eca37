using System.Text;
using CsCheck;
using KernelDsl.Model.Tests.Gguf;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Checkpoint;

/// <summary>Headers that nobody wrote on purpose: each file is opened, and then all of its tensors lie within it, or it is refused in one line.</summary>
public sealed class SafeTensorsFuzzTests
{
    private const string Good =
        """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]},"c":{"dtype":"I8","shape":[],"data_offsets":[32,33]}}""";

    private const int DataBytes = 33;

    private static readonly string[] _values =
    [
        "0", "-1", "1", "24", "33", "18446744073709551615", "18446744073709551616", "9223372036854775807", "1e3", "1.5", "null", "true", "\"F4\"", "\"F64\"", "\"BOOL\"", "\"\\ud800\"", "\"\"",
        "[]", "[0,33]", "[33,0]", "[0]", "[[]]", "[4294967296,4294967296]", "{}", "{\"dtype\":\"U8\",\"shape\":[33],\"data_offsets\":[0,33]}",
    ];

    /// <summary>A piece of the header is replaced by another value or by another piece of it, a few times over.</summary>
    private static readonly Gen<string> _headers =
        from cuts in Gen.Select(Gen.Int[0, Good.Length], Gen.Int[0, 30], Gen.OneOf(
            Gen.OneOf(_values), Gen.Select(Gen.Int[0, Good.Length - 1], Gen.Int[0, 40]).Select((at, length) => Good.Substring(at, Math.Min(length, Good.Length - at))))).Array[1, 3]
        select cuts.Aggregate(Good, static (text, cut) => Cut(text, cut.Item1, cut.Item2, cut.Item3));

    [Fact]
    public void Open_GoodHeader_HasItsTensors() => Assert.Equal(3, Open(File(Good))!.Count);

    [Fact]
    public void Open_HeaderOfOtherPieces_IsOpenedOrRefused() => _headers.Sample(static header => Check(File(header)), iter: 20_000);

    [Fact]
    public void Open_AnyBytes_AreOpenedOrRefused() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[0, 7], Gen.Byte).Sample(static (bytes, at, value) =>
        {
            Check(bytes);
            // The same behind a length that is nearly right.
            var file = File(Encoding.Latin1.GetString(bytes));
            file[at] = value;
            Check(file);
        }, iter: 5_000);

    [Fact]
    public void Open_ChangedBytes_AreOpenedOrRefused() =>
        Gen.Select(Gen.Int[0, Good.Length + 7], Gen.Byte).Array[1, 4].Sample(static changes =>
        {
            var file = File(Good);
            foreach (var (at, value) in changes) file[at] = value;
            Check(file);
        }, iter: 20_000);

    private static string Cut(string text, int at, int length, string other)
    {
        at = Math.Min(at, text.Length);
        return text[..at] + other + text[Math.Min(text.Length, at + length)..];
    }

    private static byte[] File(string header)
    {
        var json = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((long)json.Length), .. json, .. new byte[DataBytes]];
    }

    private static void Check(byte[] file)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Open(file);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (1 << 20) + 16L * file.Length);
    }

    /// <summary>Its tensors, all read; null where it is refused.</summary>
    private static IReadOnlyDictionary<string, TensorEntry>? Open(byte[] bytes)
    {
        try
        {
            using var file = SafeTensorsFile.Open(new MemoryFiles(bytes), MemoryFiles.File);
            Assert.All(file.Tensors.Values, t => Assert.Equal(t.Bytes, file.Read(t, 0, (int)t.Bytes).Length));
            return file.Tensors;
        }
        catch (SafeTensorsException e)
        {
            Assert.DoesNotContain('\n', e.Message);
            return null;
        }
    }
}
