using Kdsl.Serving;
using KernelDsl.Runtime.Backend;
using KernelDsl.Runtime.Model;
using ModelOptions = Kdsl.Serving.ModelOptions;

namespace Kdsl.Planning;

/// <summary>What a model takes and how many requests fit, before anything is loaded.</summary>
/// <param name="Config">The architecture.</param>
/// <param name="Footprint">Its memory.</param>
/// <param name="Available">Bytes that the process may use.</param>
sealed record ServePlan(Qwen2Config Config, Qwen2Footprint Footprint, long Available)
{
    /// <summary>Multiplications of a token in the layers; each has an addition.</summary>
    public double LayerProducts => (double)Config.Layers * Config.HiddenSize * (((Config.Heads + (2.0 * Config.KvHeads)) * Config.HeadSize) + (Config.Heads * Config.HeadSize) + (3.0 * Config.IntermediateSize));

    /// <summary>Tokens whose keys and values fit.</summary>
    public long CacheTokens => (long)Footprint.Limits.PageCount * Footprint.Limits.PageSize;

    /// <summary>A plan of a model with these options; reads its configuration alone.</summary>
    /// <exception cref="UsageException">It cannot work: says in one sentence what is missing and what would do.</exception>
    /// <exception cref="ModelException">config.json is missing or malformed.</exception>
    public static ServePlan Of(ModelOptions options, IBackend backend, long available)
    {
        var config = ConfigOf(options);
        if (options.ContextLength > config.ContextLength)
            throw new UsageException($"{options.ContextLengthSource} is {options.ContextLength}; this model allows up to {config.ContextLength}.");
        try
        {
            return new(config, Qwen2Footprint.Of(config, backend, options.ForEngine().ForModel(null)), available);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(options.KvMemory is { } bytes ? $"{options.KvMemorySource} is {bytes:N0} bytes: {e.Message}" : e.Message, e);
        }
    }

    /// <summary>Refuses what cannot fit.</summary>
    /// <exception cref="UsageException">The weights and a page alone take more than there is.</exception>
    public void RefuseWhatCannotFit(IBackend backend, ModelOptions options)
    {
        // A GGUF file may hold integers, of which config tells nothing; its weights take about what the file does.
        long weights = options is { Folder: { } path, Weights: null } && File.Exists(path) ? Math.Min(Footprint.WeightBytes, new FileInfo(path).Length) : Footprint.WeightBytes;
        long least = weights + Footprint.TableBytes + Footprint.PageBytes;
        if (least <= Available || options.WeightCache != WeightCaches.Off) return;
        throw new UsageException($"{options.Folder ?? "the model"} takes {Bytes(least)} at least (weights {Bytes(weights)}), but this process may use {Bytes(Available)}; {Smaller(backend, options)}.");
    }

    /// <summary>How many requests of so many tokens fit at once.</summary>
    public long Fitting(int tokens) => Math.Min(Footprint.Limits.MaxSequences, Footprint.Limits.PageCount / PagesOf(tokens));

    /// <summary>Pages of so many tokens.</summary>
    public int PagesOf(int tokens) => (tokens + Footprint.Limits.PageSize - 1) / Footprint.Limits.PageSize;

    /// <summary>Seconds of a step that gives each of so many sequences, each of a length, a token: reading is the limit, or multiplying.</summary>
    public double DecodeSeconds(int sequences, int length, Speeds speeds) =>
        Math.Max((Footprint.ReadBytes + sequences * length * Footprint.BytesPerToken) / speeds.Read, sequences * 2 * (LayerProducts + HeadProducts) / speeds.Multiply);

    /// <summary>Seconds to compute a prompt: multiplying is the limit, or reading the weights once a step.</summary>
    public double PrefillSeconds(int tokens, Speeds speeds)
    {
        double attention = 2.0 * Config.Layers * Config.Heads * Config.HeadSize * tokens * tokens;
        int steps = (tokens + Footprint.Limits.MaxTokens - 1) / Footprint.Limits.MaxTokens;
        return Math.Max((2 * LayerProducts * tokens + attention + 2 * HeadProducts) / speeds.Multiply, steps * Footprint.ReadBytes / speeds.Read);
    }

    /// <summary>Bytes for people: 65.53 GB, of 1000s as memory bandwidth and files are counted.</summary>
    public static string Bytes(double bytes) => bytes >= 1e9 ? FormattableString.Invariant($"{bytes / 1e9:F2} GB") : FormattableString.Invariant($"{bytes / 1e6:F1} MB");

    double HeadProducts => (double)Config.VocabularySize * Config.HiddenSize;

    string Smaller(IBackend backend, ModelOptions options)
    {
        foreach (var format in (string[])["int8", "int4"])
        {
            if (Config.Quantization is not null) break;
            var smaller = Of(options with { Weights = Commands.Flags.ParseWeights(format) }, backend, Available).Footprint;
            if (smaller.WeightBytes + smaller.TableBytes + smaller.PageBytes <= Available) return $"--weights {format} takes {Bytes(smaller.WeightBytes)}";
        }
        return "it needs a machine with more memory, or a smaller model";
    }

    static Qwen2Config ConfigOf(ModelOptions options)
    {
        var files = LoadedModel.FilesOf(options);
        if (files.Gguf is null) return Qwen2Config.Read(files);
        using var checkpoint = ModelCheckpoint.Open(files);
        return checkpoint.Config;
    }
}
