using Kdsl.Configuration.Files;
using Kdsl.Configuration.Layers;
using Kdsl.Configuration.Table;

namespace Kdsl.Configuration;

/// <summary>What was read.</summary>
/// <param name="Effective">Every setting with its source.</param>
/// <param name="Serve">The same, typed.</param>
/// <param name="Problems">What is better known.</param>
sealed record ReadConfiguration(EffectiveConfiguration Effective, ServeConfiguration Serve, Problems Problems);

/// <summary>Defaults, then the model's folder, the yaml, MindIE's file, variables and flags. Files are read, never written.</summary>
static class ConfigurationReader
{
    /// <summary>Reads and checks everything.</summary>
    /// <param name="flags">What the command line sets.</param>
    /// <param name="variables">The environment.</param>
    /// <exception cref="ConfigurationException">A file cannot be read, or, unless --strict=false, a value cannot be used.</exception>
    public static ReadConfiguration Read(IReadOnlyList<RawValue> flags, IReadOnlyDictionary<string, string> variables)
    {
        // The program's own settings decide how the rest is read, and are never forgiven.
        var own = new Problems(strict: true);
        var variableValues = EnvironmentLayer.Read(variables, own);
        var boot = Resolver.Resolve([FileSettings.Config, FileSettings.Yaml, FileSettings.Strict], [.. variableValues, .. flags], own);
        own.ThrowIfAny();

        var problems = new Problems(boot.Get(FileSettings.Strict));
        foreach (string warning in own.Warnings) problems.Warn(warning);
        var values = new List<RawValue>();
        SettingsFile? yaml = null;
        if (boot.Get(FileSettings.Yaml) is not null)
        {
            (yaml, var found) = YamlLayer.Read(boot[FileSettings.Yaml], problems);
            values.AddRange(found);
        }
        if (boot.Get(FileSettings.Config) is not null) values.AddRange(MindIeLayer.Read(boot[FileSettings.Config], problems));
        values.AddRange(variableValues);
        values.AddRange(flags);

        string? folder = FindModel(values, problems);
        if (folder is not null) values.InsertRange(0, HuggingFaceLayer.Values(folder));

        var effective = Rules.Apply(Resolver.Resolve(Settings.All, values, problems), problems);
        if (folder is not null)
        {
            if (yaml is not null) YamlDifferences.Report(yaml, folder, effective, problems);
            if (ModelTemplate.Find(folder) is { } template) Advice.OfThinking(effective, template, problems);
        }
        problems.ThrowIfAny();
        return new(effective, ServeConfiguration.Of(effective), problems);
    }

    /// <summary>The model's folder; null where there is none. What files say of it often holds for another machine.</summary>
    static string? FindModel(List<RawValue> values, Problems problems)
    {
        // Only the path counts here; its faults are told with the others'.
        var model = Resolver.Resolve([FileSettings.Model], values, new Problems(strict: false));
        var value = model[FileSettings.Model];
        foreach (var other in value.Overridden.Where(o => o.Text.Length > 0 && o.Text != value.Text))
            problems.Warn($"{other.Source} is '{other.Text}'; {value.Source} is '{value.Text}', and wins.");
        string? path = model.Path(FileSettings.Model);
        if (path is not null && value.Source.File is not null && !Path.Exists(path))
            problems.Warn($"{value.Source} is '{value.Text}', which is not on this machine; give the model's folder as MODEL.");
        return Directory.Exists(path) ? path : null;
    }
}
