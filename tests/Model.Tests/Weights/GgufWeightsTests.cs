using KernelDsl.Backends.Cpu;
using KernelDsl.Model.Tests.Gguf;
using KernelDsl.Runtime.Model;
using Xunit.Abstractions;

namespace KernelDsl.Model.Tests.Weights;

/// <summary>GGUF files as weights.</summary>
public sealed class GgufWeightsTests(ITestOutputHelper output)
{
    private static readonly int[] Prompt = DemoModel.Goldens[0].Prompt;

    [Fact]
    public void Load_SameBf16Weights_GivesTheSameLogits()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(Logits(DemoModel.Files, null), Logits(Files(folder, GgufType.BF16), null));
    }

    public static TheoryData<GgufType> Quantised => [.. TestBlocks.Quantised];

    [Theory]
    [MemberData(nameof(Quantised))]
    public void Get_QuantisedRows_AreTheBlocksNumbers(GgufType type)
    {
        var random = new Random(5);
        var values = Enumerable.Range(0, 64 * 1024).Select(_ => (float)(random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 0.04f).ToArray();
        var blocks = TestQuantiser.Encode(type, values);
        var writer = new GgufWriter().Tensor("blk.0.ffn_up.weight", (uint)type, [64, 1024], blocks);
        using var weights = new GgufWeights(writer.ToFiles().Open());
        var tensor = Assert.IsType<GgufIntegerRows>(weights.Get("model.layers.0.mlp.up_proj.weight", 64, 1024));
        var actual = new float[values.Length];
        // As a back end keeps them: scales and zero points in binary16.
        var q = new sbyte[values.Length];
        float[] scales = new float[values.Length / 32], zeros = new float[tensor.Format.HasZeros ? scales.Length : 0];
        tensor.Read(0, 64, q, scales, zeros);
        for (int i = 0; i < q.Length; i++)
            actual[i] = (float)(Half)scales[i / 32] * (q[i] - (zeros.Length > 0 ? (float)(Half)zeros[i / 32] : tensor.Format.Encoding == WeightEncoding.Int4 ? 8 : 0));

        var (size, bytes, _, _, _) = TestBlocks.Layout(type);
        double noise = 0, own = 0, bf16 = 0, power = 0;
        for (int i = 0; i < values.Length; i++)
        {
            var (number, scale, minimum) = TestBlocks.Read(type, blocks.AsSpan(i / size * bytes, bytes), i % size);
            double exact = (double)scale * number - minimum;
            noise += Math.Pow(exact - actual[i], 2);
            bf16 += Math.Pow(exact - (float)(BFloat16)(float)exact, 2);
            own += Math.Pow(exact - values[i], 2);
            power += Math.Pow(exact, 2);
        }
        double error = Math.Sqrt(noise / power);
        output.WriteLine($"{type} as {tensor.Format}: adds {error:e2}; bf16 would add {Math.Sqrt(bf16 / power):e2}; the type's own error {Math.Sqrt(own / power):e2}");
        Assert.True(type is GgufType.Q8_0 or GgufType.Q4_0 or GgufType.Q5_0 ? error == 0 : error < (type == GgufType.Q6_K ? 6e-3 : 2e-3), $"{error:e2}");
    }

    [Fact]
    public void Load_Q8_0_IsTheIntegersThatLoadingMakes()
    {
        using var folder = new TemporaryFolder();
        // ggml's scale is the largest magnitude over 127 in binary16, and so is the back end's.
        Assert.Equal(Logits(DemoModel.Files, WeightFormat.Int8()), Logits(Files(folder, GgufType.Q8_0), null));
    }

    private static ModelFiles Files(TemporaryFolder folder, GgufType type)
    {
        var path = Path.Combine(folder.Path, "model.gguf");
        File.WriteAllBytes(path, DemoGguf.Bytes(type));
        return ModelFiles.Open(path);
    }

    private static float[] Logits(ModelFiles files, WeightFormat? weights)
    {
        using var backend = new CpuBackend(threads: 1);
        using var model = Qwen2Model.Load(files, backend, new() { CacheBytes = 64 << 20, MaxTokens = 256, Weights = weights });
        return new Sessions(model).Prefill(new Session(Prompt));
    }
}
