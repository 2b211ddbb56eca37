using Kdsl.Configuration;
using Kdsl.Configuration.Table;

namespace Kdsl.Tests.Configuration;

/// <summary>Configurations of flags and variables that a test names.</summary>
static class Reading
{
    public static readonly IReadOnlyDictionary<string, string> NoVariables = new Dictionary<string, string>();

    /// <summary>As the command line would.</summary>
    /// <param name="flags">Names without hyphens before them, with =.</param>
    public static ReadConfiguration Of(params string[] flags) => With(NoVariables, flags);

    public static ReadConfiguration With(IReadOnlyDictionary<string, string> variables, params string[] flags) =>
        ConfigurationReader.Read([.. flags.Select(Flag)], variables);

    /// <summary>The complaints.</summary>
    public static IReadOnlyList<string> Faults(params string[] flags) => Assert.Throws<ConfigurationException>(() => Of(flags)).Lines;

    static RawValue Flag(string text)
    {
        int at = text.IndexOf('=', StringComparison.Ordinal);
        return new(Named(text[..at]), text[(at + 1)..], new Source(Layer.Flag, $"--{text[..at]}"));
    }

    public static Setting Named(string name) => Settings.All.Single(s => s.Name == name);
}
