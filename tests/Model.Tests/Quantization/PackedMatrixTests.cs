using System.Globalization;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Quantization;

/// <summary>The bytes of pack-quantized, worked out by hand from compressed-tensors' pack_to_int32.</summary>
public sealed class PackedMatrixTests
{
    private const string Nibbles = "10 32 54 76 98 ba dc fe 10 32 54 76 98 ba dc fe";

    [Fact]
    public void Int4_FirstInputIsInTheLowestBits()
    {
        // -4, -3.5 … 3.5 twice: in steps of 0.5 the integers -8 to 7, stored as 0 to 15.
        var row = Enumerable.Range(0, 32).Select(static i => (i % 16 - 8) * 0.5f).ToArray();
        var parts = Write([.. row, .. row.Select(static w => -w)], 32, WeightFormat.Int4());
        Assert.Equal(["m.weight_packed", "m.weight_scale", "m.weight_shape"], parts.Keys.Order());
        Assert.Equal(("I32", "2 4", Nibbles + " " + Nibbles), parts["m.weight_packed"]);
        // The negated row has the negated scale: its largest weight, 4, is -8 steps of -0.5.
        Assert.Equal(("F32", "2 1", "00 00 00 3f 00 00 00 bf"), parts["m.weight_scale"]);
        Assert.Equal(("I64", "2", "02 00 00 00 00 00 00 00 20 00 00 00 00 00 00 00"), parts["m.weight_shape"]);
    }

    [Fact]
    public void Int4_ZeroPointsArePackedAlongOutputs()
    {
        // Row r goes from -r to 15 - r in steps of 1: its zero point is the integer r of 0 to 15.
        var parts = Write([.. Enumerable.Range(0, 9 * 32).Select(static i => (float)(i % 16 - i / 32))], 32, WeightFormat.Int4(hasZeros: true));
        Assert.Equal(("I32", "9 4", string.Join(' ', Enumerable.Repeat(Nibbles, 9))), parts["m.weight_packed"]);
        // Nine outputs are a word and an eighth; what is left of the second word is zero.
        Assert.Equal(("I32", "2 1", "10 32 54 76 08 00 00 00"), parts["m.weight_zero_point"]);
        Assert.Equal(("F32", "9 1", string.Join(' ', Enumerable.Repeat("00 00 80 3f", 9))), parts["m.weight_scale"]);
    }

    [Fact]
    public void Int8_IsStoredPlus128()
    {
        var parts = Write([.. Enumerable.Range(0, 64).Select(static i => i % 32 == 0 ? -127f : i / 32 == 0 ? i : 32 - i)], 64, WeightFormat.Int8());
        Assert.Equal(("F32", "1 2", "00 00 80 3f 00 00 80 3f"), parts["m.weight_scale"]);
        string first = string.Join(' ', Enumerable.Range(1, 31).Select(static i => $"{128 + i:x2}")), second = string.Join(' ', Enumerable.Range(1, 31).Select(static i => $"{128 - i:x2}"));
        Assert.Equal(("I32", "1 16", $"01 {first} 01 {second}"), parts["m.weight_packed"]);
    }

    [Fact]
    public void Int8_ZeroPointsAreBytesPlus128()
    {
        // From -55 to 200 in steps of 1: -128 stands for -55, so 0 is -73, stored as 55.
        var parts = Write([.. Enumerable.Range(0, 32).Select(static i => i == 0 ? -55f : i == 1 ? 200 : 0)], 32, WeightFormat.Int8() with { HasZeros = true });
        Assert.Equal(("I32", "1 1", "37 00 00 00"), parts["m.weight_zero_point"]);
        Assert.Equal("00 ff " + string.Join(' ', Enumerable.Repeat("37", 30)), parts["m.weight_packed"].Bytes);
    }

    [Fact]
    public void Factors_MultiplyOutputsAndInputs()
    {
        var factors = new ChannelFactors([2, 4], [.. Enumerable.Range(0, 32).Select(static i => i < 16 ? 1f : 0.5f)]);
        var parts = Write([.. Enumerable.Range(0, 64).Select(static i => (i % 16 - 8) * (i % 32 < 16 ? 0.25f : 0.5f))], 32, WeightFormat.Int4(), factors);
        Assert.Equal(("F32", "2 1", "00 00 00 3f 00 00 80 3f"), parts["m.weight_scale"]);
        Assert.Equal(Nibbles + " " + Nibbles, parts["m.weight_packed"].Bytes);
    }

    private static Dictionary<string, (string DType, string Shape, string Bytes)> Write(float[] values, int columns, WeightFormat format, ChannelFactors? factors = null)
    {
        using var folder = new TemporaryFolder();
        var matrix = new PackedMatrix("m.weight", new MemoryTensor(values, columns), format);
        using (var writer = new CheckpointWriter(folder.Path, ShardPlan.Of(matrix.Tensors)))
        {
            matrix.WriteTo(writer, factors);
            writer.Complete();
        }
        using var file = SafeTensorsFile.Open(new FolderFiles(folder.Path), "model.safetensors");
        return file.Tensors.Values.ToDictionary(static t => t.Name, t => (t.DType, string.Join(' ', t.Shape.ToArray()),
            string.Join(' ', file.Read(t, 0, (int)t.Bytes).ToArray().Select(static b => b.ToString("x2", CultureInfo.InvariantCulture)))));
    }
}
