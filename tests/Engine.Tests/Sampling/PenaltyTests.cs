using CsCheck;
using KernelDsl.Runtime.Engine;

namespace EngineTests.Sampling;

public class PenaltyTests
{
    static readonly Gen<int[]> Ids = Gen.Int[0, 19].Array[0, 30];

    [Fact]
    public void Adjust_AnyHistory_IsTheNaiveResult() =>
        Gen.Select(Gen.Float[-5, 5].Array[20], Ids, Ids, Gen.Float[0.5f, 2f], Gen.Float[-2, 2], Gen.Float[-2, 2], Gen.Dictionary(Gen.Int[0, 19], Gen.Float[-9, 9])[0, 5])
            .Sample((row, prompt, output, repetition, presence, frequency, bias) =>
            {
                var options = new SamplingOptions
                {
                    RepetitionPenalty = repetition,
                    PresencePenalty = presence,
                    FrequencyPenalty = frequency,
                    LogitBias = bias,
                };
                var state = new SamplingState(options, prompt, seed: 1);
                foreach (var id in output)
                    state.Observe(id);
                float[] adjusted = [.. row];

                state.Adjust(adjusted);

                var expected = NaiveSampler.Adjusted(row, options, prompt, output);
                for (var i = 0; i < row.Length; i++)
                    Assert.Equal(expected[i], adjusted[i], 1e-4f);
            });

    [Fact]
    public void Adjust_PromptTokens_FeelRepetitionOnly()
    {
        var options = new SamplingOptions { RepetitionPenalty = 2f, PresencePenalty = 1f, FrequencyPenalty = 1f };
        float[] row = [4f, 4f, -4f];
        new SamplingState(options, [0, 2], seed: 1).Adjust(row);
        Assert.Equal([2f, 4f, -8f], row);
    }

    [Fact]
    public void Adjust_PromptIdsAboveTheSampledVocabulary_AreIgnored()
    {
        float[] row = [1f, 1f];
        new SamplingState(new() { RepetitionPenalty = 2f }, [0, 3000], seed: 1).Adjust(row);
        Assert.Equal([0.5f, 1f], row);
    }

    [Fact]
    public void Adjusts_DefaultOptions_False() => Assert.False(new SamplingState(new(), [1, 2], seed: 1).Adjusts);
}
