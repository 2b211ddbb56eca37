namespace Kdsl.Configuration.Table;

/// <summary>The whole table.</summary>
static class Settings
{
    /// <summary>Every row, section by section.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        .. FileSettings.All, .. ServerSettings.All, .. TlsSettings.All, .. ModelSettings.All, .. ScheduleSettings.All, .. SamplingSettings.All,
        .. LogSettings.All, .. NpuSettings.All, .. ClusterSettings.All,
    ];

    /// <summary>Rows by their path in MindIE's config.json.</summary>
    public static IReadOnlyDictionary<string, Setting> ByMindIe { get; } = All.Where(static s => s.MindIe is not null).ToDictionary(static s => s.MindIe!);

    /// <summary>Rows by their path in a predict_*.yaml.</summary>
    public static IReadOnlyDictionary<string, Setting> ByYaml { get; } = All.Where(static s => s.Yaml is not null).ToDictionary(static s => s.Yaml!);

    /// <summary>Rows by their variables.</summary>
    public static IReadOnlyDictionary<string, Setting> ByVariable { get; } = All.SelectMany(static s => s.Variables.Select(v => (v, s))).ToDictionary();
}
