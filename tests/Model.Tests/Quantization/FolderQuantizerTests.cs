using System.Text.Json.Nodes;
using KernelDsl.Backends.Cpu;
using KernelDsl.Model.Tests.Checkpoint;
using KernelDsl.Runtime.Model;
using KernelDsl.Tools.RandomModel;

namespace KernelDsl.Model.Tests.Quantization;

/// <summary>Whole folders: what the loader reads of them is the rounding, written again here from its definition.</summary>
public sealed class FolderQuantizerTests
{
    // 352 inputs of down_proj are eleven groups of 32 and no whole number of larger ones.
    private static readonly Shape Small = Shape.Presets["tiny"] with { Layers = 2 };

    public static TheoryData<int, int, bool, string> Formats => new()
    {
        { 8, 32, false, "BF16" }, { 8, 128, true, "F32" }, { 4, 32, false, "F32" }, { 4, 64, true, "BF16" }, { 4, 128, false, "F16" }, { 4, 32, true, "shards" },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void Run_AnyFloats_ReadsBackAsTheRoundedNumbers(int bits, int group, bool zeros, string dtype)
    {
        using TemporaryFolder model = new(), output = new();
        RandomCheckpoint.Write(model.Path, Small, dtype: dtype == "shards" ? "BF16" : dtype);
        if (dtype == "shards") Qwen2TensorsTests.Shard(model.Path);
        var format = new WeightFormat(bits == 4 ? WeightEncoding.Int4 : WeightEncoding.Int8, group, zeros);
        // Small files, so that there are several; each of these holds a few matrices.
        var summary = FolderQuantizer.Run(model.Path, output.Path, new() { Format = format, LargestShard = 400_000 });
        Assert.True(File.Exists(Path.Combine(output.Path, "model.safetensors.index.json")));
        Assert.False(File.Exists(Path.Combine(output.Path, "model.safetensors")));

        bool downFits = Small.Intermediate % group == 0;
        Assert.Equal(downFits ? 14 : 12, summary.Quantised);
        Assert.Equal(downFits ? 2 : 4, summary.Floats.Count);
        using ModelCheckpoint floats = ModelCheckpoint.Open(new FolderFiles(model.Path)), integers = ModelCheckpoint.Open(new FolderFiles(output.Path));
        foreach (var (name, shape) in Qwen2Tensors.All(floats.Config))
        {
            var source = (FloatTensor)floats.Weights.Get(name, shape);
            var written = integers.Weights.Get(name, shape);
            float[] expected = Rows(source), actual = Rows(written);
            if (written is IntegerTensor tensor)
            {
                Assert.Equal(format.Encoding, tensor.Format.Encoding);
                expected = Rounded(expected, bits, group, zeros, source.Element);
            }
            Assert.Equal(written is IntegerTensor, shape.Length == 2 && !summary.Floats.Contains(name));
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void Run_Config_ListsWhatStaysFloats()
    {
        using TemporaryFolder model = new(), output = new();
        RandomCheckpoint.Write(model.Path, Small);
        model.Write("tokenizer.json", "{}");
        model.Write("pytorch_model.bin", "weights of another format");
        model.Write("model.0.int8.kdsl-weights", "a cache of packed weights");
        FolderQuantizer.Run(model.Path, output.Path, new() { Format = WeightFormat.Int4(64) });
        Assert.Equal(
            ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json"],
            Directory.GetFiles(output.Path).Select(static f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));

        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(output.Path, "config.json")))!.AsObject();
        var own = JsonNode.Parse(File.ReadAllText(Path.Combine(model.Path, "config.json")))!.AsObject();
        var quantization = config["quantization_config"]!;
        config.Remove("quantization_config");
        Assert.True(JsonNode.DeepEquals(own, config));
        Assert.True(JsonNode.DeepEquals(quantization, JsonNode.Parse("""
            {
              "quant_method": "compressed-tensors", "format": "pack-quantized", "quantization_status": "compressed",
              "config_groups": { "group_0": {
                "targets": ["Linear"],
                "weights": { "num_bits": 4, "type": "int", "symmetric": true, "strategy": "group", "group_size": 64, "dynamic": false, "actorder": null },
                "input_activations": null, "output_activations": null } },
              "ignore": ["model.embed_tokens", "lm_head", "model.layers.0.mlp.down_proj", "model.layers.1.mlp.down_proj", "re:.*norm$"],
              "kv_cache_scheme": null
            }
            """)), quantization.ToJsonString());
    }

    [Fact]
    public void Run_TiedEmbeddings_StayFloatsAndAreServed()
    {
        using var output = new TemporaryFolder();
        var summary = FolderQuantizer.Run(DemoModel.Folder, output.Path, new() { Format = WeightFormat.Int8() });
        Assert.Equal([Qwen2Tensors.Embedding], summary.Floats);
        Assert.Contains("\"lm_head\"", File.ReadAllText(Path.Combine(output.Path, "config.json")), StringComparison.Ordinal);
        using var backend = new CpuBackend(threads: 1);
        using var model = Qwen2Model.Load(new FolderFiles(output.Path), backend, new() { CacheBytes = 64 << 20 });
        var session = new Session(DemoModel.Goldens[0].Prompt);
        new Sessions(model).Greedy(session, 8);
        Assert.Equal(DemoModel.Goldens[0].Greedy.Take(8), session.Tokens.Skip(DemoModel.Goldens[0].Prompt.Length));
    }

    private static float[] Rounded(float[] weights, int bits, int group, bool zeros, ElementType stored)
    {
        float Stored(double scale) => stored switch
        {
            ElementType.BFloat16 => (float)(BFloat16)(float)scale,
            ElementType.Float16 => (float)(Half)(float)scale,
            _ => (float)scale,
        };
        int levels = 1 << bits;
        return [.. weights.Chunk(group).SelectMany(w =>
        {
            float least = Math.Min(w.Min(), 0), most = Math.Max(w.Max(), 0);
            int zero = 0, low = -levels / 2, high = levels / 2 - 1;
            float scale;
            if (zeros)
            {
                scale = Stored((most - least) / (levels - 1));
                zero = (int)Math.Clamp(MathF.Round(low - least / scale), low, high);
            }
            else if (bits == 8)
            {
                scale = Stored(Math.Max(most, -least) / 127);
                low = -127;
            }
            else
            {
                scale = Stored((most > -least ? -most : -least) / 8);
            }
            return w.Select(v => scale * (Math.Clamp((int)MathF.Round(v / scale + zero), low, high) - zero));
        })];
    }

    private static float[] Rows(StoredTensor tensor)
    {
        var values = new float[tensor.Rows * tensor.Columns];
        tensor.Read(0, tensor.Rows, values);
        return values;
    }
}
