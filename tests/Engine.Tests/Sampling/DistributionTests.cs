using KernelDsl.Runtime.Engine;

namespace EngineTests.Sampling;

/// <summary>Pearson's chi-square against the exact distribution; seeds are fixed, so the outcome is too.</summary>
public class DistributionTests
{
    const int Draws = 40_000;

    public static readonly TheoryData<int, float, int, float, float> Cases = new()
    {
        { 8, 1f, 0, 1f, 0f },
        { 8, 0.6f, 3, 1f, 0f },
        { 200, 1f, 0, 1f, 0f },
        { 200, 1.7f, 0, 0.8f, 0f },
        { 200, 1f, 40, 0.95f, 0f },
        { 130, 1f, 0, 1f, 0.05f },
        { 130, 2f, 50, 0.9f, 0.02f },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Sample_ManySeeds_FollowsTheExactDistribution(int vocabulary, float temperature, int topK, float topP, float minP)
    {
        float[] row = [.. Enumerable.Range(0, vocabulary).Select(i => 3 * MathF.Sin(i * 7.13f))];
        var options = new SamplingOptions { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP };
        var sampler = new Sampler(vocabulary);
        var advancing = new SamplingState(options, [0], seed: 99);
        Check(Expected(row, options), draw =>
        {
            // Half of the draws vary the seed, half the index: both must be independent.
            advancing.Observe(0);
            return sampler.Sample(row, draw % 2 == 0 ? new SamplingState(options, [0], (ulong)draw) : advancing, null).Id;
        });
    }

    [Fact]
    public void Uniform_ConsecutiveCounters_FillPairsOfBinsEvenly() =>
        Check([.. Enumerable.Repeat(1.0 / 64, 64)], draw =>
            (int)(CounterRandom.Uniform(5, draw) * 8) * 8 + (int)(CounterRandom.Uniform(5, draw + 1) * 8));

    [Fact]
    public void Uniform_ConsecutiveSeeds_FillPairsOfBinsEvenly() =>
        Check([.. Enumerable.Repeat(1.0 / 64, 64)], draw =>
            (int)(CounterRandom.Uniform((ulong)draw, 0) * 8) * 8 + (int)(CounterRandom.Uniform((ulong)draw + 1, 0) * 8));

    static double[] Expected(float[] row, SamplingOptions o)
    {
        var kept = NaiveSampler.Kept(row, o.Temperature, o.TopK, o.TopP, o.MinP);
        var p = NaiveSampler.Probabilities(row, o.Temperature).Select((q, i) => kept.Contains(i) ? q : 0).ToArray();
        return [.. p.Select(q => q / p.Sum())];
    }

    static void Check(double[] expected, Func<int, int> draw)
    {
        var counts = new int[expected.Length];
        for (var i = 0; i < Draws; i++)
            counts[draw(i)]++;

        double statistic = 0, pooled = 0;
        int degrees = -1, pooledCount = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            if (expected[i] == 0)
                Assert.Equal(0, counts[i]);
            if (expected[i] * Draws < 5)
            {
                pooled += expected[i] * Draws;
                pooledCount += counts[i];
                continue;
            }

            statistic += Math.Pow(counts[i] - expected[i] * Draws, 2) / (expected[i] * Draws);
            degrees++;
        }

        if (pooled > 0)
        {
            statistic += Math.Pow(pooledCount - pooled, 2) / pooled;
            degrees++;
        }

        // Wilson and Hilferty's approximation of the chi-square quantile at 1 - 1e-4 (z = 3.719).
        var h = 2.0 / (9 * degrees);
        var limit = degrees * Math.Pow(1 - h + 3.719 * Math.Sqrt(h), 3);
        Assert.True(statistic < limit, $"chi-square {statistic:F1} with {degrees} degrees of freedom; limit {limit:F1}");
    }
}
