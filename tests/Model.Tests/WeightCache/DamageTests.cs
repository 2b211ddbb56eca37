using System.Buffers.Binary;
using KernelDsl.Runtime.Model;
using KernelDsl.Tools.RandomModel;

namespace KernelDsl.Model.Tests.WeightCaches;

/// <summary>A cache that is not what it must be is told in a line and replaced: never a crash, never other weights.</summary>
public sealed class DamageTests : IDisposable
{
    private readonly TemporaryFolder _model = new();
    private readonly CachedModel _cached = new();
    private readonly Load _expected;
    private readonly byte[] _whole;

    public DamageTests()
    {
        Write(seed: 1);
        _expected = _cached.Load(Model);
        _whole = File.ReadAllBytes(_cached.File);
    }

    private FolderFiles Model => new(_model.Path);

    private int HeaderBytes => BinaryPrimitives.ReadInt32LittleEndian(_whole.AsSpan(12));

    public void Dispose()
    {
        _model.Dispose();
        _cached.Dispose();
    }

    [Fact]
    public void EveryHeaderByte_Flipped_IsNoticed()
    {
        var header = ExpectedHeader();
        Assert.Null(FaultOf(header, _whole));
        for (int i = 0; i < HeaderBytes; i++)
            for (int bit = 0; bit < 8; bit++)
                Assert.True(FaultOf(header, Flipped(i, bit)) != null, $"bit {bit} of byte {i}");
        // Some through the whole of loading.
        foreach (int i in (ReadOnlySpan<int>)[0, 8, 12, 16, 30, 100, 140, HeaderBytes - 1]) AssertReplaced(Flipped(i, 0), "");
    }

    [Fact]
    public void EveryLength_IsNoticed()
    {
        var header = ExpectedHeader();
        IEnumerable<int> lengths = [.. Enumerable.Range(0, HeaderBytes + 2), .. Enumerable.Range(0, _whole.Length).Where(static n => n % 4096 is 0 or 1 or 4095 || n % 997 == 0), _whole.Length - 1];
        foreach (int length in lengths.Distinct())
            Assert.True(FaultOf(header, _whole[..length]) != null, $"{length} bytes");
        foreach (int length in (ReadOnlySpan<int>)[0, 1, 100, HeaderBytes - 1, HeaderBytes, 4096, _whole.Length / 2, _whole.Length - 1]) AssertReplaced(_whole[..length], "");
        AssertReplaced([.. _whole, 0], $"has {_whole.Length + 1} bytes instead of {_whole.Length}");
    }

    [Fact]
    public void OtherVersion_IsReplaced()
    {
        var other = _whole.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(other.AsSpan(8), 2);
        AssertReplaced(other, "is of version 2, this is version 1");
    }

    [Fact]
    public void AnotherFile_IsReplaced() => AssertReplaced([.. Enumerable.Repeat((byte)'x', 10_000)], "is no weight cache");

    [Fact]
    public void OtherLayout_IsReplaced()
    {
        var load = _cached.Load(Model, backend: new(layout: "cpu panels 0"));
        Assert.Contains("has the layout 'cpu panels 1', the back end 'cpu panels 0'", load.Lines[0], StringComparison.Ordinal);
        Assert.True(load.Packed);
        Assert.Contains("has the layout 'cpu panels 0', the back end 'cpu panels 1'", _cached.Load(Model).Lines[0], StringComparison.Ordinal);
        Assert.True(_cached.Load(Model).Mapped);
    }

    [Fact]
    public void OtherWeights_OfTheSameSizeAndTime_AreNoticed()
    {
        string weights = Path.Combine(_model.Path, "model.safetensors");
        var time = File.GetLastWriteTimeUtc(weights);
        Write(seed: 2);
        File.SetLastWriteTimeUtc(weights, time);
        AssertStale();
    }

    [Fact]
    public void OtherTime_IsNoticed()
    {
        File.SetLastWriteTimeUtc(Path.Combine(_model.Path, "model.safetensors"), new(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        var load = AssertStale();
        Assert.Equal(_expected.Logits, load.Logits);
    }

    [Fact]
    public void OtherConfiguration_IsNoticed()
    {
        // The last layer is no longer used.
        string config = Path.Combine(_model.Path, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1", StringComparison.Ordinal));
        var load = _cached.Load(Model);
        Assert.Contains("has other matrices than the model", load.Lines[0], StringComparison.Ordinal);
        Assert.Equal(_cached.Load(Model, folder: null).Logits, load.Logits);
    }

    [Fact]
    public void ADirectoryInItsPlace_IsToldAndDoneWithout()
    {
        string path = _cached.File;
        File.Delete(path);
        Directory.CreateDirectory(path);
        var load = _cached.Load(Model);
        Assert.Equal(2, load.Lines.Count);
        Assert.Contains("cannot be read: ", load.Lines[0], StringComparison.Ordinal);
        Assert.Contains("cannot be written: ", load.Lines[1], StringComparison.Ordinal);
        Assert.Equal(_expected.Logits, load.Logits);
        Assert.Empty(Directory.GetFiles(_cached.Folder));
    }

    private void Write(ulong seed) => RandomCheckpoint.Write(_model.Path, RoundTripTests.Small(tied: true), seed);

    private Load AssertStale()
    {
        var load = _cached.Load(Model);
        Assert.Contains("is of other model files than these; the weights are packed again", load.Lines[0], StringComparison.Ordinal);
        Assert.True(load.Packed);
        Assert.Equal(_cached.Load(Model, folder: null).Logits, load.Logits);
        Assert.True(_cached.Load(Model).Mapped);
        return load;
    }

    private void AssertReplaced(byte[] bytes, string fault)
    {
        File.WriteAllBytes(_cached.File, bytes);
        var load = _cached.Load(Model);
        Assert.True(load.Packed);
        Assert.Equal(2, load.Lines.Count);
        Assert.Contains(fault, load.Lines[0], StringComparison.Ordinal);
        Assert.EndsWith("; the weights are packed again", load.Lines[0], StringComparison.Ordinal);
        Assert.Equal(_expected.Logits, load.Logits);
        Assert.Equal(_whole, File.ReadAllBytes(_cached.File));
    }

    private byte[] Flipped(int at, int bit)
    {
        var bytes = _whole.ToArray();
        bytes[at] ^= (byte)(1 << bit);
        return bytes;
    }

    private WeightCacheHeader ExpectedHeader()
    {
        using var checkpoint = ModelCheckpoint.Open(Model);
        var tensors = Qwen2Tensors.All(checkpoint.Config).ToDictionary(static t => t.Name, t => checkpoint.Weights.Get(t.Name, t.Shape));
        var plans = Qwen2Tensors.Matrices(checkpoint.Config).Select(n => MatrixPlan.Of(n[0], Array.ConvertAll(n, t => tensors[t]), WeightFormat.BFloat16)).ToArray();
        using var backend = new CountingBackend();
        return new(backend.WeightLayout!, checkpoint.Weights.Fingerprint(), plans, backend);
    }

    private static string? FaultOf(WeightCacheHeader header, byte[] file)
    {
        using var bytes = MappedBytes.OfStream(new MemoryStream(file));
        return header.FaultOf(bytes);
    }
}
