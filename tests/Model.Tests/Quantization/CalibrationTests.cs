using KernelDsl.Backends.Cpu;
using KernelDsl.Model.Tests.Qwen2;
using KernelDsl.Model.Tests.Weights;
using KernelDsl.Runtime.Model;
using KernelDsl.Tools.RandomModel;
using Xunit.Abstractions;

namespace KernelDsl.Model.Tests.Quantization;

/// <summary>What calibration sees of the float model, and that folding scales does not change it.</summary>
public sealed class CalibrationTests(ITestOutputHelper output)
{
    private static readonly int[] Tokens = [.. DemoModel.Goldens[0].Prompt, .. DemoModel.Goldens[0].Greedy.Take(20)];

    [Fact]
    public void LayerByLayer_Inputs_AreTheModels()
    {
        var reference = new Float64Qwen2(DemoModel.Folder);
        reference.Logits(Tokens);
        using var checkpoint = ModelCheckpoint.Open(DemoModel.Files);
        using var backend = new CpuBackend(threads: 2);
        using var run = new LayerByLayer(checkpoint.Config, checkpoint.Weights, backend, Tokens);
        for (int layer = 0; layer < checkpoint.Config.Layers; layer++)
        {
            var inputs = run.Next();
            foreach (var (module, actual) in new[]
            {
                ("self_attn.k_proj", inputs.Attention), ("self_attn.o_proj", inputs.Output), ("mlp.up_proj", inputs.Mlp), ("mlp.down_proj", inputs.Down),
            })
            {
                var expected = reference.Inputs[$"model.layers.{layer}.{module}"].SelectMany(static row => row).ToArray();
                Assert.Equal(expected.Length, actual.Length);
                double error = Math.Sqrt(expected.Zip(actual, static (e, a) => Math.Pow(e - (float)a, 2)).Sum() / expected.Sum(static e => e * e));
                Assert.True(error < 2e-2, $"layer {layer}, {module}: {error:e2}");
            }
        }
    }

    [Fact]
    public void LayerByLayer_LongText_IsCutIntoSequencesThatDoNotSeeEachOther()
    {
        int[] first = [.. Enumerable.Range(0, 512).Select(static i => i * 7 % 3000)], text = [.. first, .. Tokens];
        using var checkpoint = ModelCheckpoint.Open(DemoModel.Files);
        using var backend = new CpuBackend(threads: 2);
        using LayerByLayer both = new(checkpoint.Config, checkpoint.Weights, backend, text), alone = new(checkpoint.Config, checkpoint.Weights, backend, Tokens);
        using var one = new LayerByLayer(checkpoint.Config, checkpoint.Weights, backend, [.. first, 5]);
        Assert.Equal(text.Length, both.Tokens);
        // One token would be decoded, not prefilled: it is left out.
        Assert.Equal(512, one.Tokens);
        for (int layer = 0; layer < 2; layer++)
        {
            var expected = alone.Next().Down;
            Assert.Equal(expected, both.Next().Down[^expected.Length..]);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Factors_OfFloats_LeaveTheModelTheSame(int kvHeads)
    {
        using TemporaryFolder model = new(), folded = new();
        RandomCheckpoint.Write(model.Path, Shape.Presets["tiny"] with { Layers = 2, KvHeads = kvHeads }, seed: 3, dtype: "F32");
        int[] tokens = [.. Enumerable.Range(0, 64).Select(static i => i * 37 % 1100)];
        using (var checkpoint = ModelCheckpoint.Open(new FolderFiles(model.Path)))
        {
            using var backend = new CpuBackend(threads: 2);
            using var calibration = new Calibration(checkpoint.Config, checkpoint.Weights, backend, tokens, WeightFormat.Int4());
            var factors = Enumerable.Range(0, 2).SelectMany(_ => calibration.Next().Factors).ToDictionary(static f => f.Key, static f => f.Value);
            Assert.Equal(20, factors.Count);
            // What a search finds on random weights is near 1: make it count.
            foreach (var (name, factor) in factors)
                factors[name] = new(Power(factor.Outputs, 20), Power(factor.Inputs, 20));
            Assert.Contains(factors.Values, static f => f.Inputs?.Max() > 3);

            var writer = new SafeTensorsWriter();
            foreach (var (name, shape) in Qwen2Tensors.All(checkpoint.Config))
            {
                var tensor = checkpoint.Weights.Get(name, shape);
                var values = new float[tensor.Rows * tensor.Columns];
                tensor.Read(0, tensor.Rows, values);
                if (factors.TryGetValue(name, out var factor)) factor.Apply(0, values, tensor.Columns);
                writer.Add(name, "F32", shape, [.. values.SelectMany(BitConverter.GetBytes)]);
            }
            writer.Write(folded.Path);
            File.Copy(Path.Combine(model.Path, "config.json"), Path.Combine(folded.Path, "config.json"));
        }

        double[][] expected = new Float64Qwen2(model.Path).Logits(tokens), actual = new Float64Qwen2(folded.Path).Logits(tokens);
        double largest = expected.Max(static row => row.Max(Math.Abs));
        double difference = expected.Zip(actual, static (e, a) => e.Zip(a, static (x, y) => Math.Abs(x - y)).Max()).Max();
        output.WriteLine($"logits up to {largest:f2} differ by {difference:e2}");
        Assert.True(difference < 1e-5 * largest, $"{difference} of {largest}");
    }

    [Fact]
    public void FoldedNorm_OfFewBits_IsExactTogetherWithItsScales()
    {
        float[] weights = [1, 0.7265625f, -0.3046875f, 0], scales = [1.3f, 0.77f, 3.1f, 2];
        var norm = new MemoryVector(weights);
        var folded = FoldedNorm.Of(norm, scales);
        for (int i = 0; i < weights.Length; i++)
        {
            float stored = (float)(BFloat16)(weights[i] * folded.Norm[i]);
            Assert.Equal(weights[i], stored * folded.Scales[i], 1e-7f);
            if (weights[i] != 0) Assert.InRange(folded.Scales[i] / scales[i], 1 - 1f / 256, 1 + 1f / 256);
        }
    }

    private static float[]? Power(float[]? factors, double power) => factors == null ? null : Array.ConvertAll(factors, f => (float)Math.Pow(f, power));

    private sealed class MemoryVector(float[] values) : FloatTensor(1, values.Length, ElementType.BFloat16)
    {
        public override ReadOnlySpan<byte> Read(int row, int count) => Elements.FromFloat(values, ElementType.BFloat16);

        public override void Drop(int row, int count)
        {
        }
    }
}
