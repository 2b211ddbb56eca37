using Kdsl.Configuration.Files;
using Kdsl.Configuration.Table;

namespace Kdsl.Configuration.Layers;

/// <summary>MindIE's config.json, of 1.0 and 2.x.</summary>
static class MindIeLayer
{
    const string Lora = "adapters (LoRA) are not supported: requests for them are refused";
    const string Split = "kdsl serves from one machine";

    static readonly FileLayer _layer = new(Layer.MindIe, Settings.ByMindIe,
    [
        (MindIePaths.Server + "HealthCheckConfig", "it is about NPUs"), (MindIePaths.Server + "distDPServerEnabled", Split), (MindIePaths.Server + "metricsTls*", "metrics share the server's address"),
        (MindIePaths.Server + "managementTls*", "management shares the server's address"),
        (MindIePaths.Deploy + "LoraModules", Lora), (MindIePaths.Deploy + "maxLora*", Lora), (MindIePaths.Model + "maxLora*", Lora), (MindIePaths.Model + "LoraModules", Lora),
        (MindIePaths.Model + "models", "thoughts and calls of tools are recognised by the model's template"),
        (MindIePaths.Model + "kv_trans_timeout", Split), (MindIePaths.Model + "kv_link_timeout", Split), (MindIePaths.Model + "async_scheduler_wait_time", "it is about NPUs"),
        (MindIePaths.Backend + "kv_trans_timeout", Split), (MindIePaths.Backend + "kv_link_timeout", Split),
        (MindIePaths.Schedule + "prefillChunkSize", "chunks fill a step"), (MindIePaths.Schedule + "maxNumPartialPrefills", "chunks fill a step"),
        (MindIePaths.Schedule + "maxLongPartialPrefills", "chunks fill a step"), (MindIePaths.Schedule + "longPrefillTokenThreshold", "chunks fill a step"),
        (MindIePaths.Schedule + "maxN", "a request may ask for as many choices as it likes"), (MindIePaths.Schedule + "dynamicBatchSizeEnable", "batches are always dynamic"),
        (MindIePaths.Schedule + "bufferResponseEnabled", "answers are sent as they come"),
    ]);

    /// <summary>The values that the file sets.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or is no JSON.</exception>
    public static List<RawValue> Read(EffectiveValue file, Problems problems)
    {
        string path = (string)file.Value!;
        FilePermissions.Check(path, problems);
        var settings = JsonSettings.Read(path, SettingsFile.Read(path, $"{file.Source}"));
        const string Second = MindIePaths.Deploy + "ModelConfig[1]";
        if (settings.Find(Second) is { } second)
            problems.Fault($"{path}:{second.Line}: {Second} is a second model; kdsl serves one: start another kdsl for it.", "The first one is served.");
        return _layer.Read(settings with { Values = [.. settings.Values.Where(static v => !IsLaterModel(v.Path))] }, problems);
    }

    static bool IsLaterModel(string path) => path.StartsWith(MindIePaths.Deploy + "ModelConfig[", StringComparison.Ordinal) && !path.StartsWith(MindIePaths.Deploy + "ModelConfig[0]", StringComparison.Ordinal);
}
