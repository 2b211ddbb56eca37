using System.Security.Cryptography;
using KernelDsl.Model.Tests.Gguf;
using KernelDsl.Model.Tests.Weights;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.WeightCaches;

/// <summary>
/// The bytes that caches hold, by the numbers that stand for them. Where a test fails, the layout, the rounding or the reading of a format
/// has changed, and caches on users' disks are wrong: raise <c>CpuBackend.WeightLayout</c> (of what the back end does) or
/// <see cref="WeightCacheHeader.Version"/> (of what comes before), then write the new hashes here. Only where tensors make up other matrices than before, headers
/// differ by themselves.
/// </summary>
public sealed class LayoutTests
{
    [Theory]
    [InlineData("bf16", "fd08b55639332ef4")]
    [InlineData("int8", "128dc7c36fe54666")]
    [InlineData("int4", "9963dbbd07906e52")]
    public void Packed_FromFloats_HasTheBytesOfItsLayout(string weights, string hash) =>
        AssertBytes(DemoModel.Files, weights switch { "int8" => WeightFormat.Int8(), "int4" => WeightFormat.Int4(), _ => null }, hash);

    [Theory]
    [InlineData(GgufType.Q4_0, "83039eac8bb94046")]
    [InlineData(GgufType.Q4_1, "9d4622f2a94dfe45")]
    [InlineData(GgufType.Q5_0, "8f5a9d2c4a07bc33")]
    [InlineData(GgufType.Q5_1, "ab932a61bef9d2ea")]
    [InlineData(GgufType.Q8_0, "128dc7c36fe54666")]
    [InlineData(GgufType.Q4_K, "fc01be911f41dab2")]
    [InlineData(GgufType.Q5_K, "2f548faa5b5fbcb0")]
    [InlineData(GgufType.Q6_K, "31010989b5390750")]
    public void Packed_FromGguf_HasTheBytesOfItsVersion(GgufType type, string hash)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "model.gguf");
        File.WriteAllBytes(path, DemoGguf.Bytes(type));
        AssertBytes(ModelFiles.Open(path), null, hash);
    }

    [Theory]
    [InlineData("gptq", 4, 32, false, "gptq", "21c1be5527cd5157")]
    [InlineData("gptq", 8, 64, false, "gptq_v2", "46382fc0018b5d41")]
    [InlineData("awq", 4, 128, false, "", "07d127b71b0d3da4")]
    [InlineData("compressed-tensors", 4, 128, true, "pack-quantized", "ac84674fa104f385")]
    [InlineData("compressed-tensors", 8, 64, false, "int-quantized", "46382fc0018b5d41")]
    public void Packed_FromAQuantisedFolder_HasTheBytesOfItsVersion(string method, int bits, int group, bool symmetric, string format, string hash)
    {
        using TemporaryFolder folder = new(), floats = new();
        new QuantisedFolder(method, bits, group, symmetric, format).Write(folder.Path, floats.Path);
        AssertBytes(new FolderFiles(folder.Path), null, hash);
    }

    private static void AssertBytes(ModelFiles model, WeightFormat? weights, string hash)
    {
        using var cached = new CachedModel();
        cached.Load(model, weights);
        using var file = File.OpenRead(cached.File);
        var start = new byte[16];
        file.ReadExactly(start);
        // Headers hold times.
        file.Position = (BitConverter.ToInt32(start, 12) + 4095) / 4096 * 4096;
        Assert.Equal($"1 cpu panels 1 {hash}", $"{WeightCacheHeader.Version} {new CountingBackend().WeightLayout} {Convert.ToHexStringLower(SHA256.HashData(file).AsSpan(0, 8))}");
    }
}
