using CsCheck;
using Kdsl.Configuration;
using Kdsl.Planning;
using KernelDsl.Backends.Cpu;
using KernelDsl.Model.Tests;

namespace Kdsl.Tests.Configuration;

/// <summary>Plans from a config.json alone; the numbers are the seed's model's.</summary>
public sealed class PlanTests : IDisposable
{
    const long Plenty = 1L << 40;

    readonly TemporaryFolder _folder = new();
    readonly CpuBackend _backend = new(1);

    public void Dispose()
    {
        _backend.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void QwQ_TakesWhatTheArithmeticSays()
    {
        var plan = Plan(Plenty, "cache-block-size=128", "kv-memory=32GB", "max-batch=64").Plan;
        Assert.Equal(32_763_876_352, plan.Footprint.Parameters);
        Assert.Equal(2 * 32_763_876_352, plan.Footprint.WeightBytes);
        Assert.Equal(2 * (32_763_876_352 - 152_064L * 5120), plan.Footprint.ReadBytes);
        Assert.Equal(256 << 10, plan.Footprint.BytesPerToken);
        Assert.Equal(32 << 20, plan.Footprint.PageBytes);
        Assert.Equal(131_072, plan.CacheTokens);
        Assert.Equal((1, 26, 64), (plan.Fitting(131_072), plan.Fitting(4992), plan.Fitting(573)));
    }

    [Fact]
    public void Integers_TakeLess_AndInt8PagesHalf()
    {
        var (bf16, int8, int4) = (Plan(Plenty).Plan.Footprint, Plan(Plenty, "weights=int8").Plan.Footprint, Plan(Plenty, "weights=int4").Plan.Footprint);
        Assert.InRange(int8.WeightBytes, bf16.WeightBytes / 2, bf16.WeightBytes * 6 / 10);
        Assert.InRange(int4.WeightBytes, bf16.WeightBytes / 4, bf16.WeightBytes * 35 / 100);
        Assert.InRange(Plan(Plenty, "kv-cache-dtype=int8").Plan.Footprint.BytesPerToken, bf16.BytesPerToken / 2, bf16.BytesPerToken * 0.6);
    }

    /// <summary>The seed: keys and values were given 8 GB, then 35 GB, to no effect; one prompt at a time was the limit.</summary>
    [Theory]
    [InlineData("npu-mem-size=8")]
    [InlineData("npu-mem-size=35")]
    public void Bottleneck_OfTheSeed_IsThePrefillBatch_WhateverTheMemory(string memory)
    {
        string report = Report(new Load(10, 61, 512), "max-prefill-batch-size=1", "max-batch=200", "context-length=2560", "kv-memory=8GB", memory, "world-size=4");
        Assert.Contains("bottleneck: prompts at once: maxPrefillBatchSize is 1, of 10 requests; set maxPrefillBatchSize (--max-prefill-batch-size) to 10.", report, StringComparison.Ordinal);
        Assert.Contains("this load takes 5,730: more of it cannot help", report, StringComparison.Ordinal);
        Assert.Contains("65.53 GB (61.0 GiB)", report, StringComparison.Ordinal);
        Assert.Contains("256 KiB of keys and values", report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bottleneck: memory bandwidth", "max-batch=16", "kv-memory=8GB")]
    [InlineData("bottleneck: sequences at once: maxBatchSize (--max-batch) is 4, of 10 requests; set --max-batch to 10.", "max-batch=4", "kv-memory=8GB")]
    [InlineData("bottleneck: keys and values: 573 tokens take 9 of 64 pages, of 10 requests; give --kv-memory 1.51 GB", "max-batch=16", "kv-memory=1GB")]
    public void Bottleneck_IsWhatAllowsTheFewest(string expected, params string[] flags) => Assert.Contains(expected, Report(new Load(10, 61, 512), flags), StringComparison.Ordinal);

    [Fact]
    public void Bottleneck_Law_NoneBinds_OrTheLeastDoes() => Gen.Select(Gen.Int[1, 100], Gen.Long[0, 100].List[1, 4]).Sample((clients, allows) =>
    {
        var resources = allows.Select((a, i) => new Resource($"{i}", a, "", "")).ToList();
        var binding = Bottleneck.Of(resources, new Load(clients, 1, 1));
        if (allows.All(a => a >= clients)) Assert.Null(binding);
        else Assert.Equal(allows.Min(), binding!.Allows);
    });

    [Fact]
    public void Model_ThatCannotFit_IsRefusedInASentence_WithWhatWould()
    {
        var (plan, options) = Plan(32_000_000_000);
        string message = Assert.Throws<UsageException>(() => plan.RefuseWhatCannotFit(_backend, options)).Message;
        Assert.Contains("(weights 65.53 GB), but this process may use 32.00 GB; --weights int4 takes ", message, StringComparison.Ordinal);
        (plan, options) = Plan(100_000_000_000);
        plan.RefuseWhatCannotFit(_backend, options);
    }

    [Fact]
    public void Yarn_MakesTheContextLonger()
    {
        Assert.Equal(131_072, Plan(Plenty, "kv-memory=64GB").Plan.Footprint.Limits.ContextLength);
        SeedFiles.WriteModel(_folder);
        string file = Path.Combine(_folder.Path, "config.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"max_position_embeddings\": 131072,",
            "\"max_position_embeddings\": 32768,\n \"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4.0, \"original_max_position_embeddings\": 32768},", StringComparison.Ordinal));
        Assert.Equal(131_072, Reading.Of($"model-path={_folder.Path}", "context-length=131072").Serve.Model.Options.ContextLength);
        File.WriteAllText(file, File.ReadAllText(file).Replace("4.0", "1.0", StringComparison.Ordinal));
        Assert.Contains("YaRN", Assert.Single(Reading.Faults($"model-path={_folder.Path}", "context-length=65536")), StringComparison.Ordinal);
    }

    (ServePlan Plan, Serving.ModelOptions Options) Plan(long available, params string[] flags)
    {
        var options = Configuration(flags).ModelOptions;
        return (ServePlan.Of(options, _backend, available), options);
    }

    ServeConfiguration Configuration(string[] flags) => Reading.Of([$"model-path={SeedFiles.WriteModel(_folder)}", .. flags]).Serve;

    string Report(Load load, params string[] flags)
    {
        var output = new StringWriter();
        PlanReport.Print(Plan(Plenty, flags).Plan, Configuration(flags), load, new Speeds(100e9, 10e12), output);
        return output.ToString();
    }
}
