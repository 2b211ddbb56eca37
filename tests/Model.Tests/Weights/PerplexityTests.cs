using Xunit.Abstractions;

namespace KernelDsl.Model.Tests.Weights;

/// <summary>What rounding the weights costs: perplexity of the demonstration model on solutions that it was not trained on.</summary>
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
        double Of(WeightFormat? weights) => Predictions.Of(DemoModel.Files, problems, weights).Perplexity;
        double bf16 = Of(null), int8 = Of(WeightFormat.Int8()), int4 = Of(WeightFormat.Int4());
        output.WriteLine($"bf16 {bf16:f4}, int8 {int8:f4} ({int8 / bf16 - 1:p2}), int4 {int4:f4} ({int4 / bf16 - 1:p2})");
        Assert.True(Math.Abs(int8 / bf16 - 1) < 0.002, $"int8: {int8} against {bf16}");
        Assert.True(Math.Abs(int4 / bf16 - 1) < 0.03, $"int4: {int4} against {bf16}");
    }
}
