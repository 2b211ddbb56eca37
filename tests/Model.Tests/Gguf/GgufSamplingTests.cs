using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Gguf;

/// <summary>Sampling defaults of GGUF files.</summary>
public sealed class GgufSamplingTests
{
    [Fact]
    public void Read_NoKeys_IsNeutral() => Assert.Equal(new SamplingOptions(), Read(new()));

    [Fact]
    public void Read_AllKeys_AreTheDefaults() => Assert.Equal(
        new SamplingOptions { Temperature = 0.6f, TopK = 20, TopP = 0.95f, MinP = 0.1f, RepetitionPenalty = 1.1f },
        Read(new GgufWriter().Add("general.sampling.temp", 0.6f).Add("general.sampling.top_k", 20).Add("general.sampling.top_p", 0.95f).Add("general.sampling.min_p", 0.1f)
            .Add("general.sampling.penalty_repeat", 1.1f).Add("general.sampling.penalty_last_n", 64).Add("general.sampling.mirostat", 0)));

    [Fact]
    public void Read_ValuesThatSwitchOff_SwitchOff() => Assert.Equal(
        new SamplingOptions { Temperature = 0 },
        Read(new GgufWriter().Add("general.sampling.temp", -1f).Add("general.sampling.top_k", -1).Add("general.sampling.penalty_repeat", 1.3f).Add("general.sampling.penalty_last_n", 0)));

    [Theory]
    [InlineData("temp", 3f)]
    [InlineData("temp", float.NaN)]
    [InlineData("temp", "hot")]
    [InlineData("top_k", 1.5f)]
    [InlineData("top_p", 0f)]
    [InlineData("min_p", 2f)]
    [InlineData("penalty_repeat", -1f)]
    public void Read_ValueThatCannotBe_IsNamed(string key, object value) =>
        Assert.Contains($"general.sampling.{key} is ", Assert.Throws<GgufException>(() => Read(new GgufWriter().Add($"general.sampling.{key}", value))).Message, StringComparison.Ordinal);

    private static SamplingOptions Read(GgufWriter writer)
    {
        using var file = writer.ToFiles().Open();
        return GenerationConfig.Read(file.Metadata);
    }
}
