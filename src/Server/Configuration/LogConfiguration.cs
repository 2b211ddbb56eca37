using Kdsl.Configuration.Table;

namespace Kdsl.Configuration;

/// <summary>The log.</summary>
/// <param name="Level">Verbose, Debug, Info, Warning or Error.</param>
/// <param name="FileMegabytes">Of a file.</param>
/// <param name="Files">That are kept.</param>
/// <param name="Path">Of the first; null: stderr.</param>
sealed record LogConfiguration(string Level, int FileMegabytes, int Files, string? Path)
{
    /// <summary>From the settings.</summary>
    public static LogConfiguration Of(EffectiveConfiguration e) =>
        new(e.Get(LogSettings.Level), e.Get(LogSettings.FileSize), e.Get(LogSettings.FileCount), e.Path(LogSettings.Path));
}
