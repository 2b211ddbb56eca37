using System.Text.Json.Nodes;
using KernelDsl.Backends.Cpu;
using KernelDsl.Model.Tests.Qwen2;
using KernelDsl.Runtime.Model;
using Xunit.Abstractions;

namespace KernelDsl.Model.Tests.Weights;

/// <summary>Every format of quantised folders, through the demonstration model.</summary>
public sealed class QuantisedFolderTests(ITestOutputHelper output)
{
    // Activations are rounded to int8 in blocks of 32, then as Float64Tests has it.
    private const double Tolerance = 6e-2;

    private static readonly Dictionary<string, QuantisedFolder> Folders = new()
    {
        ["gptq 4/128 symmetric"] = new("gptq", 4, 128, true, "gptq"),
        ["gptq 4/32"] = new("gptq", 4, 32, false, "gptq"),
        ["gptq v2 4/64"] = new("gptq", 4, 64, false, "gptq_v2"),
        ["gptq 8/row symmetric"] = new("gptq", 8, -1, true, "gptq"),
        ["gptq 8/64"] = new("gptq", 8, 64, false, "gptq"),
        ["awq 4/128"] = new("awq", 4, 128, false),
        ["awq 4/32"] = new("awq", 4, 32, false),
        ["packed 4/128 symmetric"] = new("compressed-tensors", 4, 128, true, "pack-quantized"),
        ["packed 4/32"] = new("compressed-tensors", 4, 32, false, "pack-quantized"),
        ["packed 8/channel"] = new("compressed-tensors", 8, -1, true, "pack-quantized"),
        ["bytes 8/channel"] = new("compressed-tensors", 8, -1, true, "int-quantized"),
        ["bytes 8/64 zeros"] = new("compressed-tensors", 8, 64, false, "int-quantized"),
    };

    public static TheoryData<string> Names => [.. Folders.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Load_DemoModel_HasTheFormatsNumbers(string name)
    {
        using TemporaryFolder folder = new(), floats = new();
        Folders[name].Write(folder.Path, floats.Path);
        using (ModelCheckpoint checkpoint = ModelCheckpoint.Open(new FolderFiles(folder.Path)), reference = ModelCheckpoint.Open(new FolderFiles(floats.Path)))
        {
            Assert.Equal(Folders[name].Bits == 4 ? WeightEncoding.Int4 : WeightEncoding.Int8, checkpoint.Weights.Quantised);
            foreach (var (tensor, shape) in Qwen2Tensors.All(checkpoint.Config))
            {
                StoredTensor actual = checkpoint.Weights.Get(tensor, shape), expected = reference.Weights.Get(tensor, shape);
                Assert.Equal(Rows(expected, expected.Rows), Rows(actual, 24));
                if (shape.Length == 2 && tensor != Qwen2Tensors.Embedding)
                    Assert.Equal(!Folders[name].Symmetric, Assert.IsType<IntegerTensor>(actual, exactMatch: false).Format.HasZeros);
            }
        }

        int[] tokens = [.. DemoModel.Goldens[0].Prompt, .. DemoModel.Goldens[0].Greedy.Take(8)];
        var row = new Float64Qwen2(floats.Path).Logits(tokens)[^1];
        using var backend = new CpuBackend(threads: 1);
        using var model = Qwen2Model.Load(new FolderFiles(folder.Path), backend, new() { CacheBytes = 64 << 20, MaxTokens = 256 });
        var logits = new Sessions(model).Prefill(new Session(tokens));
        double worst = row.Select((e, i) => Math.Abs(e - logits[i])).Max() / row.Max(Math.Abs);
        output.WriteLine($"worst: {worst:e2} of the largest logit");
        Assert.True(worst <= Tolerance, $"{worst:e2}");
    }

    [Theory]
    [InlineData("gptq 4/128 symmetric", ".scales", ".scales' is missing; quantization_config asks for one of shape")]
    [InlineData("gptq 4/128 symmetric", ".qzeros", ".qzeros' is missing")]
    [InlineData("awq 4/128", ".qweight", ".qweight' is missing")]
    [InlineData("packed 4/32", ".weight_zero_point", ".weight_zero_point' is missing")]
    [InlineData("packed 4/32", ".weight_shape", ".weight_shape' is missing")]
    [InlineData("bytes 8/channel", ".weight_scale", ".weight_scale' is missing")]
    public void Load_PartMissing_NamesIt(string name, string part, string fault) =>
        AssertRefused(name, fault, keep: tensor => !(tensor.StartsWith("model.layers.1.mlp.down_proj", StringComparison.Ordinal) && tensor.EndsWith(part, StringComparison.Ordinal)));

    [Theory]
    [InlineData("gptq 4/128 symmetric", "quant_method", "\"hqq\"", "quantization_config.quant_method is 'hqq'; it must be gptq, awq or compressed-tensors")]
    [InlineData("gptq 4/128 symmetric", "bits", "3", "quantization_config.bits is 3; it must be 4 or 8")]
    [InlineData("gptq 4/128 symmetric", "group_size", "48", "quantization_config.group_size is 48; it must be -1 or a multiple of 32")]
    [InlineData("gptq 4/128 symmetric", "group_size", "64", ".scales' has shape [2, 256]; quantization_config asks for [4, 256]")]
    [InlineData("gptq 4/128 symmetric", "group_size", "96", "has 256 inputs in groups of 96")]
    [InlineData("gptq 4/128 symmetric", "bits", "8", ".qweight' has shape [32, 256]; quantization_config asks for [64, 256]")]
    [InlineData("gptq 4/128 symmetric", "checkpoint_format", "\"marlin\"", "checkpoint_format is 'marlin'; it must be gptq or gptq_v2")]
    [InlineData("gptq 8/64", "group_size", "-1", ".scales' has shape")]
    [InlineData("awq 4/128", "version", "\"gemv\"", "version is 'gemv'; it must be gemm")]
    [InlineData("awq 4/128", "bits", "8", "bits is 8; it must be 4")]
    [InlineData("packed 4/32", "format", "\"marlin-24\"", "format is 'marlin-24'; it must be pack-quantized or int-quantized")]
    [InlineData("packed 4/32", "config_groups", "{}", "config_groups is empty")]
    [InlineData("packed 4/32", "kv_cache_scheme", "{\"num_bits\":8}", "kv_cache_scheme is given; it must be absent")]
    public void Load_BadField_NamesIt(string name, string field, string value, string fault) =>
        AssertRefused(name, fault, change: config => config[field] = JsonNode.Parse(value));

    [Fact]
    public void Load_ActivationOrder_IsRefused()
    {
        using TemporaryFolder folder = new(), floats = new();
        Folders["gptq 4/128 symmetric"].Write(folder.Path, floats.Path);
        var path = Path.Combine(folder.Path, "model.safetensors");
        var bytes = File.ReadAllBytes(path);
        int header = (int)BitConverter.ToInt64(bytes);
        var json = JsonNode.Parse(bytes.AsSpan(8, header))!;
        int at = json["model.layers.0.self_attn.q_proj.g_idx"]!["data_offsets"]![0]!.GetValue<int>();
        bytes[8 + header + at] = 1;
        File.WriteAllBytes(path, bytes);
        var error = Load(folder.Path);
        Assert.Equal($"{path}: tensor 'model.layers.0.self_attn.q_proj.g_idx' puts input 0 into group 1; it must be 0: checkpoints with activation order (desc_act) are not supported", error.Message);
    }

    [Fact]
    public void Load_AsAnotherWidth_IsRefused()
    {
        using TemporaryFolder folder = new(), floats = new();
        Folders["gptq 4/128 symmetric"].Write(folder.Path, floats.Path);
        using var backend = new CpuBackend(threads: 1);
        Assert.EndsWith("its weights are int4 and cannot be loaded as int8; ask for auto or int4", Assert.Throws<ModelException>(
            () => Qwen2Model.Load(new FolderFiles(folder.Path), backend, new() { Weights = WeightFormat.Int8() })).Message, StringComparison.Ordinal);
        using var model = Qwen2Model.Load(new FolderFiles(folder.Path), backend, new() { Weights = WeightFormat.Int4() });
    }

    private static void AssertRefused(string name, string fault, Action<JsonObject>? change = null, Func<string, bool>? keep = null)
    {
        using TemporaryFolder folder = new(), floats = new();
        Folders[name].Write(folder.Path, floats.Path, change, keep);
        var error = Load(folder.Path);
        Assert.StartsWith(folder.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
    }

    private static ModelException Load(string folder)
    {
        using var backend = new CpuBackend(threads: 1);
        return Assert.ThrowsAny<ModelException>(() => Qwen2Model.Load(new FolderFiles(folder), backend, new()));
    }

    private static float[] Rows(StoredTensor tensor, int piece)
    {
        var values = new float[tensor.Rows * tensor.Columns];
        for (int row = 0; row < tensor.Rows; row += piece)
        {
            int count = Math.Min(piece, tensor.Rows - row);
            tensor.Read(row, count, values.AsSpan(row * tensor.Columns, count * tensor.Columns));
        }
        return values;
    }
}
