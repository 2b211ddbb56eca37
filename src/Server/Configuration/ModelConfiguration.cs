using Kdsl.Configuration.Table;
using Kdsl.Serving;

namespace Kdsl.Configuration;

/// <summary>The model and what its requests may be.</summary>
sealed record ModelConfiguration
{
    /// <summary>Which one, and how it is kept in memory; the batch is the schedule's.</summary>
    public required ModelOptions Options { get; init; }

    /// <summary>Gigabytes of each NPU for keys and values; -1: what is left.</summary>
    public required int NpuMemory { get; init; }

    /// <summary>Gigabytes of the host for sequences that are moved out.</summary>
    public required int CpuMemory { get; init; }

    /// <summary>NPUs that share the model.</summary>
    public required int WorldSize { get; init; }

    /// <summary>Their numbers, as they were written.</summary>
    public required string? Devices { get; init; }

    /// <summary>From the settings.</summary>
    public static ModelConfiguration Of(EffectiveConfiguration e) => new()
    {
        Options = new ModelOptions
        {
            Folder = e.Path(FileSettings.Model),
            Name = e.Get(ModelSettings.ModelName),
            Threads = e.Get(ModelSettings.Threads),
            ContextLength = e.Get(ModelSettings.ContextLength),
            ContextLengthSource = $"{e[ModelSettings.ContextLength].Source}",
            Weights = Commands.Flags.ParseWeights(e.Get(ModelSettings.Weights)),
            Activations = Commands.Flags.ParseActivations(e.Get(ModelSettings.Activations)),
            WeightCache = e.Get(ModelSettings.WeightCache),
            CacheFormat = Commands.Flags.ParseCacheFormat(e.Get(ModelSettings.CacheFormat)),
            KvMemory = e.Get(ModelSettings.KvMemory),
            KvMemorySource = $"{e[ModelSettings.KvMemory].Source}",
            PageSize = e.Get(ModelSettings.CacheBlockSize),
            MaxDraft = e.Get(ModelSettings.Speculation),
        },
        NpuMemory = e.Get(NpuSettings.NpuMemory),
        CpuMemory = e.Get(NpuSettings.CpuMemory),
        WorldSize = e.Get(NpuSettings.WorldSize),
        Devices = e.Get(NpuSettings.Devices),
    };
}
