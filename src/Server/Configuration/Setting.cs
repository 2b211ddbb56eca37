using Kdsl.Configuration.Types;

namespace Kdsl.Configuration;

/// <summary>Which part of the configuration a setting belongs to.</summary>
enum Section
{
    /// <summary>Which files are read, and how strictly.</summary>
    Files,

    /// <summary>Addresses, limits and security of the HTTP server.</summary>
    Server,

    /// <summary>The model and the memory that it takes.</summary>
    Model,

    /// <summary>What runs together, and in which order.</summary>
    Schedule,

    /// <summary>How tokens are chosen where a request does not say.</summary>
    Sampling,

    /// <summary>The log.</summary>
    Log,
}

/// <summary>What kdsl makes of a setting.</summary>
/// <param name="Kind">used, or ignored.</param>
/// <param name="How">How it is used, or why it is accepted without effect.</param>
sealed record Use(string Kind, string How)
{
    /// <summary>It has an effect.</summary>
    public static Use As(string how) => new("used", how);

    /// <summary>It is read and checked, and changes nothing.</summary>
    public static Use None(string reason) => new("ignored", reason);

    /// <summary>Whether it has an effect.</summary>
    public bool HasEffect => Kind == "used";

    /// <inheritdoc/>
    public override string ToString() => $"{Kind}: {How}";
}

/// <summary>One row of the table that flags, variables, readers of files, checks, <c>kdsl config</c> and docs/configuration.md are made of.</summary>
/// <param name="name">In words with hyphens; the flag is --NAME and the variable KDSL_NAME.</param>
/// <param name="section">Its part of the configuration.</param>
/// <param name="type">What it may be.</param>
/// <param name="defaultText">Its default as it would be written; null: it has none, and <see cref="Unset"/> says what that means.</param>
abstract class Setting(string name, Section section, SettingType type, string? defaultText)
{
    /// <summary>In words with hyphens.</summary>
    public string Name { get; } = name;

    /// <summary>Its part of the configuration.</summary>
    public Section Section { get; } = section;

    /// <summary>What it may be.</summary>
    public SettingType Type { get; } = type;

    /// <summary>Its default as it would be written.</summary>
    public string? DefaultText { get; } = defaultText;

    /// <summary>What happens where nothing sets it.</summary>
    public string Unset { get; init; } = "none";

    /// <summary>What it is, in half a sentence.</summary>
    public required string Meaning { get; init; }

    /// <summary>Why its values are limited as they are.</summary>
    public string? Why { get; init; }

    /// <summary>What kdsl makes of it.</summary>
    public required Use Use { get; init; }

    /// <summary>Its path in MindIE's config.json.</summary>
    public string? MindIe { get; init; }

    /// <summary>What a bare number counts there, such as MB.</summary>
    public string MindIeUnit { get; init; } = "";

    /// <summary>Its path in a predict_*.yaml.</summary>
    public string? Yaml { get; init; }

    /// <summary>Its field of generation_config.json.</summary>
    public string? Generation { get; init; }

    /// <summary>Other flags, such as run_mindie.sh's.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Other variables, such as MindIE's.</summary>
    public IReadOnlyList<string> OtherVariables { get; init; } = [];

    /// <summary>Whether its value is kept out of what is printed.</summary>
    public bool IsSecret { get; init; }

    /// <summary>The flag.</summary>
    public string Flag => $"--{Name}";

    /// <summary>The variables, the first of which wins.</summary>
    public IReadOnlyList<string> Variables => [$"KDSL_{Name.Replace('-', '_').ToUpperInvariant()}", .. OtherVariables];
}

/// <summary>A row whose values have a type.</summary>
/// <typeparam name="T">What <see cref="SettingType.TryParse"/> of its type gives, or the nullable of it where there is no default.</typeparam>
sealed class Setting<T>(string name, Section section, SettingType type, string? defaultText = null) : Setting(name, section, type, defaultText);

/// <summary>Rows of one section, in the order of the documentation.</summary>
sealed class SettingList : List<Setting>
{
    /// <summary>Adds a row and returns it.</summary>
    public Setting<T> Row<T>(Setting<T> setting)
    {
        Add(setting);
        return setting;
    }
}
