using CsCheck;
using KernelDsl.Runtime.Engine;

namespace EngineTests.Sampling;

public class SamplerTests
{
    static readonly SamplingOptions Greedy = new() { Temperature = 0 };

    [Fact]
    public void Sample_Greedy_IsTheFirstLargest() =>
        SamplerGens.Row.Sample(row =>
        {
            var best = Enumerable.Range(0, row.Length).MaxBy(i => row[i]);
            if (float.IsFinite(row[best]))
                Assert.Equal(best, Draw(row, Greedy).Id);
        });

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Sample_LogitNotFinite_IsANamedError(float bad)
    {
        foreach (var position in new[] { 0, 17, 64, 129 })
        {
            var row = new float[130];
            row[position] = bad;
            var error = Assert.Throws<GenerationException>(() => Draw(row, Greedy));
            Assert.Equal(GenerationError.LogitsNotFinite, error.Error);
        }
    }

    [Fact]
    public void Sample_AllLogitsMinusInfinity_IsANamedError() =>
        Assert.Throws<GenerationException>(() => Draw([float.NegativeInfinity, float.NegativeInfinity], Greedy));

    [Fact]
    public void Sample_IdsAboveTheSampledVocabulary_AreNeitherChosenNorReported()
    {
        float[] row = [0f, 1f, 2f, 90f, float.NaN];
        var sampler = new Sampler(3);
        for (var seed = 0UL; seed < 50; seed++)
        {
            var (id, scores) = sampler.Sample([.. row], new SamplingState(new() { Temperature = 2 }, [3], seed), top: 5);
            Assert.InRange(id, 0, 2);
            Assert.Equal([2, 1, 0], scores!.Top.Select(t => t.Id));
            Assert.Equal(1.0, scores.Top.Sum(t => Math.Exp(t.LogProb)), 1e-6);
        }
    }

    [Fact]
    public void Sample_SameSeedAndIndex_SameToken_WhateverRanBefore()
    {
        float[] row = [.. Enumerable.Range(0, 500).Select(i => MathF.Sin(i * 12.9898f) * 3)];
        var options = new SamplingOptions { Seed = 42, TopP = 0.9f };
        int[] Run(Sampler sampler, bool others)
        {
            var state = new SamplingState(options, [1], seed: 7);
            var other = new SamplingState(new(), [1], seed: 8);
            return [.. Enumerable.Range(0, 20).Select(_ =>
            {
                if (others)
                    other.Observe(sampler.Sample([.. row], other, 3).Id);
                var id = sampler.Sample([.. row], state, null).Id;
                state.Observe(id);
                return id;
            })];
        }

        var alone = Run(new Sampler(500), others: false);
        Assert.Equal(alone, Run(new Sampler(500), others: true));
        Assert.True(alone.Distinct().Count() > 5);
    }

    [Fact]
    public void LogProbs_AnyRow_AreTheLogSoftmaxOfTheUnmodifiedLogits() =>
        Gen.Select(SamplerGens.Row, Gen.Int[0, 20], Gen.Int[0, 6]).Sample((row, top, seen) =>
        {
            if (!row.Any(float.IsFinite))
                return;
            var options = new SamplingOptions { Temperature = 0.5f, RepetitionPenalty = 1.5f, LogitBias = new Dictionary<int, float> { [0] = 3 } };
            var state = new SamplingState(options, [Math.Min(seen, row.Length - 1)], seed: 1);

            var (id, scores) = new Sampler(row.Length).Sample([.. row], state, top);

            var exact = NaiveSampler.Probabilities(row, 1);
            var order = Enumerable.Range(0, row.Length).OrderByDescending(i => row[i]).ThenBy(i => i).Take(top);
            Assert.Equal(id, scores!.Id);
            Assert.Equal(Math.Log(exact[id]), scores.LogProb, 1e-4);
            Assert.Equal(order, scores.Top.Select(t => t.Id));
            foreach (var (other, logProb) in scores.Top.Where(t => float.IsFinite(t.LogProb)))
                Assert.Equal(Math.Log(exact[other]), logProb, 1e-4);
        });

    [Fact]
    public void Score_GivenToken_IsItsLogSoftmax()
    {
        float[] row = [1f, 2f, 3f];
        var scores = new Sampler(3).Score(row, id: 0, top: 1);
        Assert.Equal(Math.Log(NaiveSampler.Probabilities(row, 1)[0]), scores.LogProb, 1e-6);
        Assert.Equal(2, Assert.Single(scores.Top).Id);
    }

    static (int Id, TokenLogProbs? LogProbs) Draw(float[] row, SamplingOptions options) =>
        new Sampler(row.Length).Sample([.. row], new SamplingState(options, [0], seed: 1), top: null);
}
