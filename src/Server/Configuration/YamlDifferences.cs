using System.Globalization;
using Kdsl.Configuration.Files;
using Kdsl.Configuration.Layers;
using Kdsl.Configuration.Table;

namespace Kdsl.Configuration;

/// <summary>Where a predict_*.yaml disagrees with the files of the model: such files are copied from one model to another.</summary>
static class YamlDifferences
{
    const string Model = "model.model_config.";

    /// <summary>Fields of MindFormers' LlamaConfig and what transformers' Qwen2Config calls them.</summary>
    public static IReadOnlyList<(string Yaml, string Json)> Architecture { get; } =
    [
        (Model + "hidden_size", "hidden_size"), (Model + "num_layers", "num_hidden_layers"), (Model + "num_heads", "num_attention_heads"), (Model + "n_kv_heads", "num_key_value_heads"),
        (Model + "vocab_size", "vocab_size"), (Model + "intermediate_size", "intermediate_size"), (Model + "rms_norm_eps", "rms_norm_eps"), (Model + "theta", "rope_theta"),
        (Model + "max_position_embeddings", "max_position_embeddings"), (Model + "bos_token_id", "bos_token_id"), (Model + "eos_token_id", "eos_token_id"), (Model + "pad_token_id", "pad_token_id"),
        (Model + "param_init_type", "torch_dtype"), (Model + "qkv_has_bias", "attention_bias"),
    ];

    /// <summary>Tells each difference.</summary>
    /// <param name="folder">The model's.</param>
    public static void Report(SettingsFile yaml, string folder, EffectiveConfiguration effective, Problems problems)
    {
        var (architecture, generation) = (HuggingFaceLayer.Architecture(folder), HuggingFaceLayer.Generation(folder));
        foreach (var (path, field) in Architecture)
        {
            // Stop tokens are a list in generation_config.json, where there is one, and it is what counts.
            var theirs = field.EndsWith("_token_id", StringComparison.Ordinal) && generation?.Find(field) is not null ? generation : architecture;
            Compare(yaml, path, theirs, field, "the model's is used", problems);
        }
        foreach (var setting in SamplingSettings.All.Where(static s => s.Yaml is not null))
            Compare(yaml, setting.Yaml!, generation, setting.Generation!, effective[setting].Source.Layer switch
            {
                Layer.Yaml => "the yaml's is used, because it was given",
                Layer.HuggingFace or Layer.Default => "the model's is used",
                _ => $"{effective[setting].Source} decides",
            }, problems);
        CompareTemplates(yaml, folder, problems);
    }

    static void Compare(SettingsFile yaml, string path, SettingsFile? json, string field, string used, Problems problems)
    {
        if (yaml.Find(path) is { } mine && json?.Find(field) is { } theirs && !Same(mine.Text, theirs.Text))
            problems.Warn($"{yaml.File}:{mine.Line}: {path} is {mine.Text}, but {json.File}:{theirs.Line} says {field} is {theirs.Text}; {used}.");
    }

    static void CompareTemplates(SettingsFile yaml, string folder, Problems problems)
    {
        const string Path = "processor.tokenizer.chat_template";
        if (yaml.Find(Path) is { } mine && ModelTemplate.Find(folder) is { } theirs && mine.Text.Trim() != theirs.Text.Trim())
            problems.Warn($"{yaml.File}:{mine.Line}: {Path} is not the template of {theirs.File}; the model's is used.");
    }

    static bool Same(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase)
        || double.TryParse(a, NumberStyles.Float, CultureInfo.InvariantCulture, out double x) && double.TryParse(b, NumberStyles.Float, CultureInfo.InvariantCulture, out double y) && x == y;
}
