namespace Kdsl.Configuration;

/// <summary>What <c>kdsl config</c> prints: each setting with its value, its source and what it does.</summary>
static class ConfigurationReport
{
    /// <summary>Prints it.</summary>
    /// <param name="all">Also what has no effect and nobody set.</param>
    public static void Print(ReadConfiguration configuration, bool all, TextWriter output)
    {
        foreach (var section in configuration.Effective.All.Where(v => all || v.Setting.Use.HasEffect || v.Source.Layer != Layer.Default).GroupBy(static v => v.Setting.Section).OrderBy(static g => g.Key))
        {
            output.WriteLine($"[{section.Key.ToString().ToLowerInvariant()}]");
            foreach (var value in section)
            {
                output.WriteLine($"{value.Setting.Name,-28} {value.Shown,-20} {value.Source}; {value.Setting.Use}");
                foreach (var other in value.Overridden) output.WriteLine($"{"",-28} over {(value.Setting.IsSecret ? "***" : other.Text)}, {other.Source}");
            }
            output.WriteLine();
        }
        if (all)
            foreach (string note in configuration.Problems.Notes) output.WriteLine(note);
        foreach (string warning in configuration.Problems.Warnings) output.WriteLine($"warning: {warning}");
    }
}
