using KernelDsl.Runtime.Model;

namespace KernelDsl.Runtime.Engine;

/// <summary>The sampling that a model's makers chose: generation_config.json of its folder.</summary>
public static class GenerationConfig
{
    /// <summary>Its file.</summary>
    public const string FileName = "generation_config.json";

    /// <summary>The sampling; neutral where the file, or a field, is absent. "do_sample": false is greedy.</summary>
    /// <exception cref="ModelException">A field has the wrong type or is out of range.</exception>
    public static SamplingOptions Read(ModelFiles files)
    {
        if (!files.Exists(FileName))
            return new SamplingOptions();

        var json = JsonFields.Parse(files.PathOf(FileName), files.ReadAllBytes(FileName, 1 << 20));
        return new SamplingOptions
        {
            Temperature = json.Bool("do_sample", true) ? (float)json.Number("temperature", 0, 2, 1) : 0,
            TopK = json.Int("top_k", 0, int.MaxValue, 0),
            TopP = (float)json.Number("top_p", 1e-6, 1, 1),
            MinP = (float)json.Number("min_p", 0, 1, 0),
            RepetitionPenalty = (float)json.Number("repetition_penalty", 1e-6, 2, 1),
        };
    }
}
