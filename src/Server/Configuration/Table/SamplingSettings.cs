using Kdsl.Configuration.Types;

namespace Kdsl.Configuration.Table;

/// <summary>How tokens are chosen where a request does not say.</summary>
static class SamplingSettings
{
    const string Yaml = "model.model_config.";

    static readonly Use _default = Use.As("where a request does not say");

    static readonly SettingList _all = [];

    public static readonly Setting<bool?> DoSample = _all.Row(new Setting<bool?>("do-sample", Section.Sampling, new YesNo())
    {
        Meaning = "false is greedy, whatever the temperature", Unset = "true", Generation = "do_sample", Yaml = Yaml + "do_sample", Use = _default,
    });

    public static readonly Setting<float?> Temperature = _all.Row(new Setting<float?>("temperature", Section.Sampling, new Number(0, 2))
    {
        Meaning = "Divides the logits; 0 is greedy", Unset = "1", Why = "above 2 nothing but noise is left", Generation = "temperature", Yaml = Yaml + "temperature", Use = _default,
    });

    public static readonly Setting<int?> TopK = _all.Row(new Setting<int?>("top-k", Section.Sampling, new WholeNumber(0, int.MaxValue))
    {
        Meaning = "Keep this many tokens; 0 keeps all", Unset = "0", Why = "a count", Generation = "top_k", Yaml = Yaml + "top_k", Use = _default,
    });

    public static readonly Setting<float?> TopP = _all.Row(new Setting<float?>("top-p", Section.Sampling, new Number(1e-6f, 1))
    {
        Meaning = "Keep the likeliest tokens up to this probability", Unset = "1", Why = "a probability", Generation = "top_p", Yaml = Yaml + "top_p", Use = _default,
    });

    public static readonly Setting<float?> MinP = _all.Row(new Setting<float?>("min-p", Section.Sampling, new Number(0, 1))
    {
        Meaning = "Keep tokens with this share of the likeliest one's probability", Unset = "0", Why = "a share", Generation = "min_p", Use = _default,
    });

    public static readonly Setting<float?> RepetitionPenalty = _all.Row(new Setting<float?>("repetition-penalty", Section.Sampling, new Number(1e-6f, 2))
    {
        Meaning = "Divides logits of tokens that were there before; 1 is off", Unset = "1", Why = "OpenAI's and MindIE's limit", Generation = "repetition_penalty", Yaml = Yaml + "repetition_penalty", Use = _default,
    });

    /// <summary>All rows.</summary>
    public static IReadOnlyList<Setting> All => _all;
}
