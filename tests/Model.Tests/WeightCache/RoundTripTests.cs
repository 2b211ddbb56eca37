using KernelDsl.Model.Tests.Gguf;
using KernelDsl.Model.Tests.Weights;
using KernelDsl.Runtime.Model;
using KernelDsl.Tools.RandomModel;

namespace KernelDsl.Model.Tests.WeightCaches;

/// <summary>A model from its cache is the model from its checkpoint, bit for bit, and is not packed.</summary>
public sealed class RoundTripTests
{
    public static TheoryData<string, bool> Weights => new() { { "bf16", true }, { "int8", true }, { "int4", true }, { "bf16", false }, { "int8", false }, { "int4", false } };

    [Theory]
    [MemberData(nameof(Weights))]
    public void Load_Floats_FromTheCache_GivesTheSameBits(string weights, bool tied)
    {
        using var folder = new TemporaryFolder();
        RandomCheckpoint.Write(folder.Path, Small(tied));
        AssertSame(new FolderFiles(folder.Path), weights switch { "int8" => WeightFormat.Int8(), "int4" => WeightFormat.Int4(), _ => null });
    }

    [Theory]
    [InlineData(GgufType.BF16)]
    [InlineData(GgufType.Q8_0)]
    [InlineData(GgufType.Q4_K)]
    [InlineData(GgufType.Q6_K)]
    public void Load_Gguf_FromTheCache_GivesTheSameBits(GgufType type)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "model.gguf");
        File.WriteAllBytes(path, DemoGguf.Bytes(type));
        AssertSame(ModelFiles.Open(path));
    }

    [Fact]
    public void Load_QuantisedFolder_FromTheCache_GivesTheSameBits()
    {
        using TemporaryFolder folder = new(), floats = new();
        new QuantisedFolder("gptq", 4, 64, false, "gptq_v2").Write(folder.Path, floats.Path);
        AssertSame(new FolderFiles(folder.Path));
    }

    [Fact]
    public void Load_EmbeddedModel_FromTheCache_GivesTheSameBits() => AssertSame(new EmbeddedFiles(typeof(RoundTripTests).Assembly, "models/demo/"));

    [Fact]
    public void Load_OnADeviceThatCannotMap_UploadsWhatWasPacked()
    {
        using var cached = new CachedModel();
        var expected = cached.Load(DemoModel.Files);
        using var backend = new CountingBackend(maps: false);
        var actual = cached.Load(DemoModel.Files, backend: backend);
        Assert.Equal((false, false), (actual.Packed, actual.Mapped));
        Assert.True(backend.Uploaded > new FileInfo(cached.File).Length * 9 / 10);
        Assert.Equal(expected.Logits, actual.Logits);
    }

    [Fact]
    public void Load_OnADeviceWithoutALayout_PacksAndSaysSo()
    {
        using var cached = new CachedModel();
        var load = cached.Load(DemoModel.Files, backend: new(layout: null));
        Assert.True(load.Packed);
        Assert.Equal("the back end 'cpu' keeps no packed weights; going on without a weight cache", Assert.Single(load.Lines));
        Assert.False(Directory.Exists(cached.Folder));
    }

    [Fact]
    public void Load_OtherWeights_HaveAFileOfTheirOwn()
    {
        using var cached = new CachedModel();
        cached.Load(DemoModel.Files);
        Assert.True(cached.Load(DemoModel.Files, WeightFormat.Int8()).Packed);
        Assert.True(cached.Load(DemoModel.Files, WeightFormat.BFloat16).Mapped);
        Assert.True(cached.Load(DemoModel.Files, WeightFormat.Int8()).Mapped);
        Assert.Equal(2, Directory.GetFiles(cached.Folder).Length);
    }

    /// <summary>A small model of odd sizes.</summary>
    internal static Shape Small(bool tied) => new(2, 128, 320, 4, 2, 1027, tied, Context: 128, HeadSize: 64);

    private static void AssertSame(ModelFiles model, WeightFormat? weights = null)
    {
        using var cached = new CachedModel();
        var plain = cached.Load(model, weights, folder: null);
        var first = cached.Load(model, weights);
        Assert.Equal((true, false), (first.Packed, first.Mapped));
        Assert.Matches("^weight cache .* written, .*; the next start maps it$", Assert.Single(first.Lines));
        var second = cached.Load(model, weights);
        Assert.Equal((false, true), (second.Packed, second.Mapped));
        Assert.Empty(second.Lines);
        Assert.Equal(plain.Logits, first.Logits);
        Assert.Equal(plain.Logits, second.Logits);
    }
}
