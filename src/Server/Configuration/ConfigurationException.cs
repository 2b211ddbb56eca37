namespace Kdsl.Configuration;

/// <summary>Settings that cannot be used; each line is one of them: where it was set, its value, what is allowed and why.</summary>
sealed class ConfigurationException(IReadOnlyList<string> lines, Exception? inner = null) : Exception(string.Join('\n', lines), inner)
{
    /// <summary>A single one.</summary>
    public ConfigurationException(string line, Exception? inner = null) : this([line], inner)
    {
    }

    /// <summary>A line for each.</summary>
    public IReadOnlyList<string> Lines { get; } = lines;
}
