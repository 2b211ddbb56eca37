using Xunit.Abstractions;

namespace KernelDsl.Model.Tests.Weights;

/// <summary>What rounding weights, or keys and values, costs: perplexity of the demonstration model on solutions that it was not trained on.</summary>
public sealed class PerplexityTests(ITestOutputHelper output)
{
    [Fact]
    public void Perplexity_OfRoundedWeights_IsNearBf16s()
    {
        if (Problem.Read("test.jsonl", 100) is not { } problems)
        {
            output.WriteLine("skipped: ../shared/data/gsm8k is absent");
            return;
        }
        var exact = Predictions.Of(DemoModel.Files, problems);
        (double Perplexity, double Divergence) Of(WeightFormat weights, ActivationFormat activations)
        {
            var rounded = Predictions.Of(DemoModel.Files, problems, weights, activations: activations);
            output.WriteLine($"{weights} by {activations}: {rounded.Perplexity:f4} ({rounded.Perplexity / exact.Perplexity - 1:p3}), divergence {1000 * exact.DivergenceOf(rounded):f3} millinats");
            return (rounded.Perplexity, exact.DivergenceOf(rounded));
        }

        output.WriteLine($"{exact.Count} tokens: bf16 {exact.Perplexity:f4}");
        double bf16 = exact.Perplexity;
        var (int8, divergence) = Of(WeightFormat.Int8(), ActivationFormat.Int8);
        var (int4, _) = Of(WeightFormat.Int4(), ActivationFormat.Int8);
        Assert.True(Of(WeightFormat.Int8(), ActivationFormat.BFloat16).Divergence < divergence);
        Assert.True(Math.Abs(int8 / bf16 - 1) < 0.002, $"int8: {int8} against {bf16}");
        Assert.True(Math.Abs(int4 / bf16 - 1) < 0.03, $"int4: {int4} against {bf16}");
    }

    [Fact]
    public void Perplexity_OfInt8Pages_IsNearBf16s()
    {
        if (Problem.Read("test.jsonl", 200) is not { } problems)
        {
            output.WriteLine("skipped: ../shared/data/gsm8k is absent");
            return;
        }
        var bf16 = Predictions.Of(DemoModel.Files, problems);
        var int8 = Predictions.Of(DemoModel.Files, problems, cache: CacheFormat.Int8);
        double divergence = bf16.DivergenceOf(int8);
        output.WriteLine($"{bf16.Count} tokens: bf16 {bf16.Perplexity:f4}, int8 {int8.Perplexity:f4} ({int8.Perplexity / bf16.Perplexity - 1:p3}), divergence {1000 * divergence:f3} millinats");
        Assert.InRange(int8.Perplexity / bf16.Perplexity - 1, -0.001, 0.001);
        Assert.InRange(divergence, 0, 2e-4);
    }
}
