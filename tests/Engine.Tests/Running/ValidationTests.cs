using KernelDsl.Runtime.Engine;

namespace EngineTests.Running;

public class ValidationTests
{
    static readonly EngineLimits Limits = new(ContextLength: 10, VocabularySize: 100, SampledVocabularySize: 90, MaxTopLogProbs: 5);

    public static readonly TheoryData<string, GenerationRequest, string[]> Bad = new()
    {
        { "Prompt", Request() with { Prompt = Array.Empty<int>() }, ["empty"] },
        { "Prompt", Request() with { Prompt = new int[10] }, ["10 tokens", "at most 9", "Shorten"] },
        { "Prompt", Request() with { Prompt = new[] { 1, 100 } }, ["100", "0 to 99"] },
        { "Prompt", Request() with { Prompt = new[] { -1 } }, ["-1", "0 to 99"] },
        { "MaxTokens", Request() with { MaxTokens = 0 }, ["0", "1 to"] },
        { "TopLogProbs", Request() with { TopLogProbs = 6 }, ["6", "0 to 5"] },
        { "StopTokens", Request() with { StopTokens = [100] }, ["100", "0 to 99"] },
        { "Temperature", Sampled(new() { Temperature = 2.1f }), ["2.1", "0 to 2"] },
        { "Temperature", Sampled(new() { Temperature = -0.1f }), ["-0.1", "0 to 2"] },
        { "Temperature", Sampled(new() { Temperature = float.NaN }), ["NaN", "0 to 2"] },
        { "TopK", Sampled(new() { TopK = -1 }), ["-1", "0 to"] },
        { "TopP", Sampled(new() { TopP = 0 }), ["0", "above 0 and up to 1"] },
        { "TopP", Sampled(new() { TopP = float.NaN }), ["NaN", "above 0 and up to 1"] },
        { "MinP", Sampled(new() { MinP = 1.5f }), ["1.5", "0 to 1"] },
        { "RepetitionPenalty", Sampled(new() { RepetitionPenalty = 0 }), ["0", "above 0 and up to 2"] },
        { "PresencePenalty", Sampled(new() { PresencePenalty = -3 }), ["-3", "-2 to 2"] },
        { "FrequencyPenalty", Sampled(new() { FrequencyPenalty = 3 }), ["3", "-2 to 2"] },
        { "LogitBias", Sampled(new() { LogitBias = new Dictionary<int, float> { [90] = 1 } }), ["90", "0 to 89"] },
        { "LogitBias", Sampled(new() { LogitBias = new Dictionary<int, float> { [3] = 101 } }), ["101", "-100 to 100", "token 3"] },
    };

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void Validate_OutOfRange_NamesFieldValueAndWhatIsAllowed(string field, GenerationRequest request, string[] said)
    {
        var error = Assert.Throws<RequestException>(() => RequestValidator.Validate(request, Limits));
        Assert.Equal(field, error.Field);
        Assert.StartsWith(field, error.Message);
        Assert.All(said, part => Assert.Contains(part, error.Message));
    }

    [Fact]
    public void Validate_ExtremesOfEveryRange_Pass() => RequestValidator.Validate(Request() with
    {
        Prompt = new[] { 0, 99, 1, 1, 1, 1, 1, 1, 1 },
        MaxTokens = int.MaxValue,
        TopLogProbs = 5,
        StopTokens = [99],
        Sampling = new()
        {
            Temperature = 2,
            TopK = int.MaxValue,
            TopP = float.Epsilon,
            MinP = 1,
            RepetitionPenalty = 2,
            PresencePenalty = -2,
            FrequencyPenalty = 2,
            LogitBias = new Dictionary<int, float> { [89] = -100 },
        },
    }, Limits);

    static GenerationRequest Request() => new() { Id = "v", Prompt = new[] { 1 } };

    static GenerationRequest Sampled(SamplingOptions sampling) => Request() with { Sampling = sampling };
}
