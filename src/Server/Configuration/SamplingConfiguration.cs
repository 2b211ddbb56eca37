using Kdsl.Configuration.Table;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Configuration;

/// <summary>How tokens are chosen where a request does not say; null leaves a value to the model.</summary>
sealed record SamplingConfiguration
{
    /// <summary>do_sample is false, and no stronger layer gives a temperature.</summary>
    public bool Greedy { get; init; }

    /// <summary>0 is greedy.</summary>
    public float? Temperature { get; init; }

    /// <summary>0 keeps all.</summary>
    public int? TopK { get; init; }

    /// <summary>In (0, 1].</summary>
    public float? TopP { get; init; }

    /// <summary>In [0, 1].</summary>
    public float? MinP { get; init; }

    /// <summary>1 is off.</summary>
    public float? RepetitionPenalty { get; init; }

    /// <summary>From the settings.</summary>
    public static SamplingConfiguration Of(EffectiveConfiguration e)
    {
        bool greedy = e.Get(SamplingSettings.DoSample) is false && e[SamplingSettings.DoSample].Source.Layer >= e[SamplingSettings.Temperature].Source.Layer;
        return new()
        {
            Greedy = greedy,
            Temperature = greedy ? 0 : e.Get(SamplingSettings.Temperature),
            TopK = e.Get(SamplingSettings.TopK),
            TopP = e.Get(SamplingSettings.TopP),
            MinP = e.Get(SamplingSettings.MinP),
            RepetitionPenalty = e.Get(SamplingSettings.RepetitionPenalty),
        };
    }

    /// <summary>The model's with these.</summary>
    public SamplingOptions Over(SamplingOptions model) => model with
    {
        Temperature = Temperature ?? model.Temperature,
        TopK = TopK ?? model.TopK,
        TopP = TopP ?? model.TopP,
        MinP = MinP ?? model.MinP,
        RepetitionPenalty = RepetitionPenalty ?? model.RepetitionPenalty,
    };
}
