using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Model;
using KernelDsl.Tools.RandomModel;

namespace KernelDsl.Model.Tests.Checkpoint;

public sealed class Qwen2TensorsTests
{
    private static readonly Shape Small = new(2, 64, 96, 2, 1, 300, Tied: true, HeadSize: 64, Context: 256);

    [Theory]
    [InlineData("model.norm.weight", "model.norm.w", null, "tensor 'model.norm.weight' is missing; config.json asks for one of shape [64]")]
    [InlineData("\"vocab_size\": 300", "\"vocab_size\": 301", "config.json", "tensor 'model.embed_tokens.weight' has shape [300, 64]; config.json asks for [301, 64]: vocab_size is 301, the table has 300 rows")]
    [InlineData("\"intermediate_size\": 96", "\"intermediate_size\": 95", "config.json", "tensor 'model.layers.0.mlp.gate_proj.weight' has shape [96, 64]; config.json asks for [95, 64]")]
    [InlineData("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false", "config.json", "tensor 'lm_head.weight' is missing")]
    [InlineData("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", "config.json", "tensor 'model.layers.2.input_layernorm.weight' is missing")]
    [InlineData("BF16", "I16 ", null, "dtype 'I16 ' is not one of the format's")]
    [InlineData("\"dtype\":\"BF16\"", "\"dtype\":\"I16\" ", null, "tensor 'model.embed_tokens.weight' has dtype I16; weights must be BF16, F16 or F32")]
    public void Load_CheckpointThatDoesNotFit_SaysWhichTensorAndWhy(string text, string replacement, string? file, string fault)
    {
        using var folder = new TemporaryFolder();
        RandomCheckpoint.Write(folder.Path, Small);
        Replace(Path.Combine(folder.Path, file ?? "model.safetensors"), text, replacement);

        using var backend = new CpuBackend(threads: 1);
        var error = Assert.ThrowsAny<ModelException>(() => Qwen2Model.Load(new FolderFiles(folder.Path), backend, new()));
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(folder.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TruncatedAtAnyQuarter_IsRefused()
    {
        using var folder = new TemporaryFolder();
        RandomCheckpoint.Write(folder.Path, Small);
        var path = Path.Combine(folder.Path, "model.safetensors");
        var whole = File.ReadAllBytes(path);
        using var backend = new CpuBackend(threads: 1);
        for (int quarter = 0; quarter < 4; quarter++)
        {
            File.WriteAllBytes(path, whole[..(whole.Length * quarter / 4)]);
            Assert.Throws<SafeTensorsException>(() => Qwen2Model.Load(new FolderFiles(folder.Path), backend, new()));
        }
    }

    // The same numbers in three dtypes and in shards give the same bits.
    [Fact]
    public void Load_SameValuesInOtherDTypesAndShards_GivesTheSameLogits()
    {
        using var backend = new CpuBackend(threads: 1);
        var results = new List<float[]>();
        foreach (var dtype in new[] { "BF16", "F32", "F16", "shards" })
        {
            using var folder = new TemporaryFolder();
            RandomCheckpoint.Write(folder.Path, Small, dtype: dtype == "shards" ? "BF16" : dtype);
            if (dtype == "shards") Shard(folder.Path);
            using var model = Qwen2Model.Load(new FolderFiles(folder.Path), backend, new());
            results.Add(new Sessions(model).Prefill(new Session(5, 6, 7)));
        }
        Assert.Equal(results[0], results[1]);
        Assert.Equal(results[0], results[3]);
        // Tiny values lose bits in f16.
        for (int i = 0; i < results[0].Length; i++) Assert.Equal(results[0][i], results[2][i], 1e-2f);
    }

    [Fact]
    public void Load_Embedded_GivesTheSameLogitsAsTheFolder()
    {
        using var backend = new CpuBackend(threads: 1);
        float[] Logits(ModelFiles files)
        {
            using var model = Qwen2Model.Load(files, backend, new());
            return new Sessions(model).Prefill(new Session(DemoModel.Goldens[1].Prompt));
        }
        Assert.Equal(Logits(DemoModel.Files), Logits(new EmbeddedFiles(typeof(Qwen2TensorsTests).Assembly, "models/demo/")));
    }

    [Fact]
    public void Embedded_MissingFile_SaysWhich()
    {
        var files = new EmbeddedFiles(typeof(Qwen2TensorsTests).Assembly, "models/none/");
        Assert.False(files.Exists("config.json"));
        Assert.Equal("models/none/config.json: no such embedded file", Assert.Throws<ModelException>(() => Qwen2Config.Read(files)).Message);
    }

    // Every second tensor into another file, offsets recomputed.
    internal static void Shard(string folder)
    {
        var path = Path.Combine(folder, "model.safetensors");
        var file = File.ReadAllBytes(path);
        int header = BitConverter.ToInt32(file);
        var tensors = JsonNode.Parse(file.AsSpan(8, header))!.AsObject().ToList();
        var map = new JsonObject();
        for (int shard = 0; shard < 2; shard++)
        {
            using var data = new MemoryStream();
            var entries = new JsonObject();
            foreach (var (name, tensor) in tensors.Where((_, i) => i % 2 == shard))
            {
                var entry = tensor!.DeepClone();
                int begin = entry["data_offsets"]![0]!.GetValue<int>(), end = entry["data_offsets"]![1]!.GetValue<int>();
                entry["data_offsets"] = new JsonArray((int)data.Length, (int)data.Length + end - begin);
                data.Write(file, 8 + header + begin, end - begin);
                entries[name] = entry;
                map[name] = $"part-{shard}.safetensors";
            }
            var json = Encoding.UTF8.GetBytes(entries.ToJsonString());
            File.WriteAllBytes(Path.Combine(folder, $"part-{shard}.safetensors"), [.. BitConverter.GetBytes((long)json.Length), .. json, .. data.ToArray()]);
        }
        File.WriteAllText(Path.Combine(folder, CheckpointFiles.IndexName), new JsonObject { ["weight_map"] = map }.ToJsonString(new JsonSerializerOptions()));
        File.Delete(path);
    }

    // Of the first place, which keeps the file's length where the texts are of one length.
    private static void Replace(string path, string text, string replacement)
    {
        var bytes = File.ReadAllBytes(path);
        int at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text));
        Assert.True(at >= 0);
        // A header keeps its length: its padding gives or takes.
        byte[] changed = [.. bytes[..at], .. Encoding.UTF8.GetBytes(replacement), .. bytes[(at + text.Length)..]];
        if (path.EndsWith("safetensors", StringComparison.Ordinal)) BitConverter.GetBytes(BitConverter.ToInt64(bytes) + replacement.Length - text.Length).CopyTo(changed, 0);
        File.WriteAllBytes(path, changed);
    }
}
