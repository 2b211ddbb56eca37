using KernelDsl.Runtime.Model;

namespace KernelDsl.Runtime.Engine;

/// <summary>The sampling that a model's makers chose: generation_config.json of its folder, or what llama.cpp's converter made of it in a GGUF file.</summary>
public static class GenerationConfig
{
    /// <summary>Its file.</summary>
    public const string FileName = "generation_config.json";

    /// <summary>Keys of GGUF files begin with this.</summary>
    const string Gguf = "general.sampling.";

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

    /// <summary>
    /// The sampling of a GGUF file (general.sampling.*, llama.cpp since November 2025); neutral where a key is absent. As there, a temperature or a top-k below 0 is 0, and a penalty that
    /// looks back at no token is none; one that looks back at some is taken over all. Samplers that the engine has not (mirostat, xtc) are left out.
    /// </summary>
    /// <exception cref="ModelException">A value has the wrong type or is out of range.</exception>
    public static SamplingOptions Read(GgufMetadata metadata) => new()
    {
        Temperature = Math.Max(0, (float)metadata.Number(Gguf + "temp", float.MinValue, 2, 1)),
        TopK = Math.Max(0, metadata.Int(Gguf + "top_k", int.MinValue, int.MaxValue, 0)),
        TopP = (float)metadata.Number(Gguf + "top_p", 1e-6, 1, 1),
        MinP = (float)metadata.Number(Gguf + "min_p", 0, 1, 0),
        RepetitionPenalty = metadata.Int(Gguf + "penalty_last_n", int.MinValue, int.MaxValue, -1) == 0 ? 1 : (float)metadata.Number(Gguf + "penalty_repeat", 1e-6, 2, 1),
    };
}
