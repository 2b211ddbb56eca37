using KernelDsl.Runtime.Model;
using KernelDsl.Runtime.Text;

namespace KernelDsl.Model.Tests.Gguf;

/// <summary>The demonstration model through GGUF and back.</summary>
public sealed class GgufModelTests
{
    public static TheoryData<GgufType> AllTypes => [.. Enum.GetValues<GgufType>()];

    [Theory]
    [MemberData(nameof(AllTypes))]
    public void Read_DemoModel_HasItsTensors(GgufType type)
    {
        using var file = new MemoryFiles(DemoGguf.Bytes(type)).Open();
        using var checkpoint = CheckpointFiles.Open(DemoModel.Files);
        var config = GgufConfig.Read(file);
        GgufTensorNames.Check(file, config);
        Assert.Equal(Qwen2Tensors.All(config).Count(), file.Tensors.Count);
        foreach (var (name, shape) in Qwen2Tensors.All(config))
        {
            var tensor = GgufTensorNames.Get(file, name);
            var own = shape.Length == 1 ? GgufType.F32 : type;
            Assert.Equal(own, tensor.Type);
            Assert.Equal(Array.ConvertAll(shape, static d => (long)d), tensor.Shape.ToArray());
            var expected = DemoGguf.Values(checkpoint, name);
            var values = new float[expected.Length];
            // Row by row, as a loader does.
            int rowLength = (int)tensor.RowLength, rowBytes = (int)tensor.RowBytes;
            for (int row = 0; row < values.Length / rowLength; row++)
                GgufBlocks.Dequantize(own, file.Read(tensor, (long)row * rowBytes, rowBytes), values.AsSpan(row * rowLength, rowLength));
            // The demonstration model's own weights are bf16.
            if (own is GgufType.F32 or GgufType.BF16) Assert.Equal(expected, values);
            else AssertNear(expected, values, own == GgufType.F16 ? 1e-3 : 2.0 / (1 << TestBlocks.Layout(own).Bits), name);
        }
    }

    [Fact]
    public void Read_DemoModel_HasItsConfiguration()
    {
        using var file = new MemoryFiles(DemoGguf.Bytes(GgufType.Q8_0)).Open();
        var expected = Qwen2Config.Read(DemoModel.Files);
        var config = GgufConfig.Read(file);
        Assert.Equal(expected.StopTokens, config.StopTokens);
        Assert.Equal(expected, config with { StopTokens = expected.StopTokens });
    }

    [Fact]
    public void Read_DemoModel_HasItsTokenizerAndTemplate()
    {
        using var file = new MemoryFiles(DemoGguf.Bytes(GgufType.Q8_0)).Open();
        var (expected, actual) = (Tokenizer.Load(DemoModel.Files), GgufTokenizer.Load(file.Metadata));
        Assert.Equal(expected.AddedTokens, actual.AddedTokens);
        Assert.Equal(expected.VocabularySize, actual.VocabularySize);
        foreach (var golden in DemoModel.Goldens)
        {
            string text = expected.Decode(golden.Prompt, skipSpecial: false);
            Assert.Equal(expected.Encode(text), actual.Encode(text));
            Assert.Equal(text, actual.Decode(golden.Prompt, skipSpecial: false));
        }
        Assert.NotNull(GgufTokenizer.LoadTemplate(file.Metadata));
    }

    private static void AssertNear(float[] expected, float[] actual, double tolerance, string name)
    {
        double noise = 0, power = 0;
        for (int i = 0; i < expected.Length; i++) (noise, power) = (noise + Math.Pow(expected[i] - actual[i], 2), power + Math.Pow(expected[i], 2));
        Assert.True(Math.Sqrt(noise / power) < tolerance, $"{name}: relative error {Math.Sqrt(noise / power)}, allowed {tolerance}");
    }
}
