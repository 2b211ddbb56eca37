using Kdsl.Bench;
using KernelDsl;
using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Model;

namespace Kdsl.Tests;

public class KernelBenchTests
{
    [Theory]
    [InlineData("Norm.AddRmsNorm 1x64", "GB/s")]
    [InlineData("MatMul.Linear 1x192x64", "GB/s")]
    [InlineData("Attention.Decode 16 of 512", "GFLOP/s")]
    [InlineData("Attention.Decode int8 16 of 512", "GFLOP/s")]
    public void Kernels_AreALineEach_WithTheirRateAndShare(string name, string unit)
    {
        var config = new Qwen2Config
        {
            VocabularySize = 512, HiddenSize = 64, IntermediateSize = 96, Layers = 2, Heads = 1, KvHeads = 1, HeadSize = 64, Epsilon = 1e-6f,
            Rope = new(1e4, null), ContextLength = 4096, TiedEmbeddings = true, StopTokens = [],
        };
        var output = new StringWriter();
        using var backend = new CpuBackend(1);
        new KernelBench(backend, config, WeightFormat.Int8(), name, output).Run();
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("read bandwidth", lines[1], StringComparison.Ordinal);
        Assert.Matches($@"^{name} +[0-9.,]+ {unit} +[0-9.]+ % of limit +[0-9.]+ us$", lines[^1]);
    }
}
