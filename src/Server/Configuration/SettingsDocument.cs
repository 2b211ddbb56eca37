using System.Text;
using Kdsl.Configuration.Table;

namespace Kdsl.Configuration;

/// <summary>The table as Markdown: the part of docs/configuration.md that is made of it.</summary>
static class SettingsDocument
{
    /// <summary>The tables of all sections.</summary>
    public static string Write()
    {
        var text = new StringBuilder();
        foreach (var section in Settings.All.GroupBy(static s => s.Section).OrderBy(static g => g.Key))
        {
            text.Append($"### {section.Key}\n\n| flag, variable | in files | values | default | meaning, and what kdsl does with it |\n| --- | --- | --- | --- | --- |\n");
            foreach (var setting in section)
                text.Append($"| {Join([setting.Flag, .. setting.Aliases, .. setting.Variables])} | {Join(Fields(setting))} | {Cell(setting.Type.Allowed)}{(setting.Why is null ? "" : $": {Cell(setting.Why)}")} "
                    + $"| {(string.IsNullOrEmpty(setting.DefaultText) ? Cell(setting.Unset) : $"`{setting.DefaultText}`")} | {Cell(setting.Meaning)}. **{setting.Use.Kind}**: {Cell(setting.Use.How)} |\n");
            text.Append('\n');
        }
        return text.ToString();
    }

    static IEnumerable<string> Fields(Setting setting) => ((string?[])[setting.MindIe, setting.Yaml, setting.Generation]).OfType<string>();

    static string Join(IEnumerable<string> names) => string.Join(" ", names.Select(static n => $"`{n}`"));

    static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
