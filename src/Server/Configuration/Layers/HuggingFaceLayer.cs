using Kdsl.Configuration.Files;
using Kdsl.Configuration.Table;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;

namespace Kdsl.Configuration.Layers;

/// <summary>A model's folder: its sampling, and the context that it was made for.</summary>
static class HuggingFaceLayer
{
    /// <summary>The file of the sampling; null: there is none.</summary>
    public static SettingsFile? Generation(string folder) => Read(folder, GenerationConfig.FileName);

    /// <summary>The file of the architecture; null: there is none.</summary>
    public static SettingsFile? Architecture(string folder) => Read(folder, Qwen2Config.FileName);

    /// <summary>The values that they set. A folder that is no model is found out when the model is loaded.</summary>
    public static List<RawValue> Values(string folder)
    {
        var values = new List<RawValue>();
        if (Generation(folder) is { } generation)
            values.AddRange(from setting in Settings.All
                            let value = setting.Generation is { } field ? generation.Find(field) : null
                            where value is { Shape: Shape.Scalar }
                            select new RawValue(setting, value.Text, new Source(Layer.HuggingFace, value.Path, generation.File, value.Line)));
        if (Architecture(folder) is { } architecture && (architecture.Find("rope_scaling") ?? architecture.Find("max_position_embeddings")) is { } context && ContextOf(folder) is { } length)
            values.Add(new RawValue(ModelSettings.ContextLength, $"{length}", new Source(Layer.HuggingFace, context.Path, architecture.File, context.Line)));
        return values;
    }

    static int? ContextOf(string folder)
    {
        try
        {
            return Qwen2Config.Read(ModelFiles.Open(folder)).ContextLength;
        }
        catch (ModelException)
        {
            return null;
        }
    }

    static SettingsFile? Read(string folder, string name)
    {
        string file = Path.Combine(folder, name);
        if (!File.Exists(file)) return null;
        try
        {
            return JsonSettings.Read(file, SettingsFile.Read(file, name));
        }
        catch (ConfigurationException)
        {
            return null;
        }
    }
}
