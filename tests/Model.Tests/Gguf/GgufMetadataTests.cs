using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Gguf;

public sealed class GgufMetadataTests
{
    [Fact]
    public void Read_AllThirteenTypes_HaveTheirValues()
    {
        using var file = new GgufWriter()
            .Add("u8", byte.MaxValue).Add("i8", sbyte.MinValue).Add("u16", ushort.MaxValue).Add("i16", short.MinValue)
            .Add("u32", uint.MaxValue).Add("i32", int.MinValue).Add("u64", (ulong)long.MaxValue).Add("i64", long.MinValue)
            .Add("f32", 1.5f).Add("f64", -0.1).Add("yes", true).Add("no", false).Add("text", "Grüße, 世界")
            .Add("array", new[] { "a", "", "ß" }).ToFiles().Open();
        var m = file.Metadata;
        long Integer(string key) => m.Integer(key, long.MinValue, long.MaxValue);
        Assert.Equal((255, -128, 65535, -32768), (Integer("u8"), Integer("i8"), Integer("u16"), Integer("i16")));
        Assert.Equal((uint.MaxValue, int.MinValue, long.MaxValue, long.MinValue), (Integer("u32"), Integer("i32"), Integer("u64"), Integer("i64")));
        Assert.Equal((1.5, -0.1, 255), (m.Number("f32", -9, 9), m.Number("f64", -9, 9), m.Number("u8", 0, 999)));
        Assert.Equal((true, false, "Grüße, 世界"), (m.Bool("yes", false), m.Bool("no", true), m.String("text")));
        Assert.Equal(["a", "", "ß"], m.Strings("array"));
        Assert.Equal(14, m.Keys.Count);
        Assert.True(m.TryGet("array", out var value));
        Assert.Equal((GgufValueType.Array, GgufValueType.String, 3), (value.Type, value.ElementType, value.Count));
    }

    [Fact]
    public void Read_ArraysOfEveryType_AreWalkedAndReadAsIntegersWhereTheyAre()
    {
        using var file = new GgufWriter()
            .Add("u8", new byte[] { 1, 2 }).Add("i8", new sbyte[] { -1 }).Add("u16", new ushort[] { 9 }).Add("i16", new short[] { -9 })
            .Add("u32", new uint[] { 7, 8, 9 }).Add("i32", new[] { -7 }).Add("u64", new ulong[] { 5 }).Add("i64", new long[] { -5 })
            .Add("f32", new[] { 1f, 2f }).Add("f64", new[] { 1.0 }).Add("bool", new[] { true, false }).Add("empty", Array.Empty<string>())
            .Add("nested", new[] { new[] { "a", "b" }, [] }).Add("last", 42).ToFiles().Open();
        var m = file.Metadata;
        IReadOnlyList<int>? Ints(string key) => m.Ints(key, -10, 10);
        Assert.Equal([1, 2], Ints("u8"));
        Assert.Equal([-1, 9, -9], [.. Ints("i8")!, .. Ints("u16")!, .. Ints("i16")!]);
        Assert.Equal([7, 8, 9], Ints("u32"));
        Assert.Equal([-7, 5, -5], [.. Ints("i32")!, .. Ints("u64")!, .. Ints("i64")!]);
        Assert.Equal(42, m.Int("last", 0, 99));
        Assert.Equal((2, 0, null, null), (m.Length("f32"), m.Length("empty"), m.Length("last"), m.Length("absent")));
        Assert.Empty(m.Strings("empty")!);
        Assert.Null(m.Strings("absent"));
        Assert.Null(Ints("absent"));
    }

    [Fact]
    public void Read_AbsentKeys_TakeTheirDefaults()
    {
        using var file = new GgufWriter().ToFiles().Open();
        var m = file.Metadata;
        Assert.Equal((3, 0.5, true, null), (m.Int("a", 0, 9, 3), m.Number("a", 0, 1, 0.5), m.Bool("a", true), m.String("a")));
        Assert.False(m.Has("a"));
    }

    public static TheoryData<string, Action<GgufMetadata>, string> Faults => new()
    {
        { "int missing", static m => m.Int("absent", 1, 9), "absent is missing; it must be an integer from 1 to 9" },
        { "number missing", static m => m.Number("absent", 1, 9), "absent is missing; it must be a number from 1 to 9" },
        { "int below", static m => m.Int("int", 5, 9), "int is 4; it must be an integer from 5 to 9" },
        { "int beyond 64 bits", static m => m.Integer("huge", 0, long.MaxValue), "huge is 18446744073709551615; it must be an integer" },
        { "int of text", static m => m.Int("text", 5, 9), "text is 'x\\u000a'; it must be an integer from 5 to 9" },
        { "int of a float", static m => m.Int("float", 1, 9), "float is 1.5; it must be an integer" },
        { "number above", static m => m.Number("float", 0, 1), "float is 1.5; it must be a number from 0 to 1" },
        { "number not a number", static m => m.Number("nan", 0, 1), "nan is NaN; it must be a number from 0 to 1" },
        { "number of a bool", static m => m.Number("bool", 0, 1), "bool is true; it must be a number" },
        { "bool of an int", static m => m.Bool("int", false), "int is 4; it must be true or false" },
        { "text of an int", static m => m.String("int"), "int is 4; it must be a string" },
        { "texts of text", static m => m.Strings("text"), "text is 'x\\u000a'; it must be an array of strings" },
        { "texts of ints", static m => m.Strings("ints"), "ints is an array of Int32; it must be an array of strings" },
        { "ints of floats", static m => m.Ints("floats", 0, 9), "floats is an array of Float32; it must be an array of integers from 0 to 9" },
        { "ints of an int", static m => m.Ints("int", 0, 9), "int is 4; it must be an array of integers" },
        { "ints out of range", static m => m.Ints("ints", 0, 9), "ints[1] is 10; it must be an integer from 0 to 9" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Read_ValueThatIsNotAllowed_NamesKeyValueAndWhatIs(string name, Action<GgufMetadata> read, string message)
    {
        using var file = new GgufWriter().Add("int", 4).Add("huge", ulong.MaxValue).Add("text", "x\n").Add("float", 1.5f).Add("nan", float.NaN)
            .Add("bool", true).Add("ints", new[] { 1, 10 }).Add("floats", new[] { 1f }).ToFiles().Open();
        var error = Assert.Throws<GgufException>(() => read(file.Metadata));
        Assert.True(error.Message.StartsWith($"{MemoryFiles.File}: {message}", StringComparison.Ordinal), $"{name}: {error.Message}");
    }
}
