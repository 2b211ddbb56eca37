using Kdsl.Configuration.Types;

namespace Kdsl.Configuration.Table;

/// <summary>What is read.</summary>
static class FileSettings
{
    static readonly SettingList _all = [];

    /// <summary>The folder or file of the model.</summary>
    public static readonly Setting<string?> Model = _all.Row(new Setting<string?>("model-path", Section.Files, new FilePath())
    {
        Meaning = "Hugging Face folder or .gguf file; the same as MODEL, which wins",
        Unset = "the embedded demo model",
        MindIe = MindIePaths.Model + "modelWeightPath", Yaml = "load_checkpoint",
        Use = Use.As("the model that is loaded"),
    });

    /// <summary>MindIE's config.json.</summary>
    public static readonly Setting<string?> Config = _all.Row(new Setting<string?>("config", Section.Files, new FilePath())
    {
        Meaning = "MindIE's config.json to take settings from; it is never written",
        OtherVariables = ["MIES_CONFIG_JSON_PATH"],
        Use = Use.As("a layer below variables and flags"),
    });

    /// <summary>MindFormers' yaml.</summary>
    public static readonly Setting<string?> Yaml = _all.Row(new Setting<string?>("yaml", Section.Files, new FilePath())
    {
        Meaning = "MindFormers' predict_*.yaml to take settings from; it is never written",
        Use = Use.As("a layer below MindIE's file; its differences from the model's own files are told"),
    });

    /// <summary>Whether faults end the program.</summary>
    public static readonly Setting<bool> Strict = _all.Row(new Setting<bool>("strict", Section.Files, new YesNo(), "true")
    {
        Meaning = "false takes the nearest valid value, or the default, where one is out of range, and warns",
        Use = Use.As("true: a value out of range ends the program"),
    });

    /// <summary>The version of MindIE's file.</summary>
    public static readonly Setting<string?> Version = _all.Row(new Setting<string?>("version-of-config", Section.Files, new AnyText(64))
    {
        Meaning = "The version of MindIE that its file was written for", MindIe = "Version",
        Use = Use.None("fields of 1.0 and 2.x are understood side by side"),
    });

    /// <summary>All rows.</summary>
    public static IReadOnlyList<Setting> All => _all;
}

/// <summary>Where MindIE's fields are.</summary>
static class MindIePaths
{
    /// <summary>The one model's object.</summary>
    public const string Model = Deploy + "ModelConfig[0].";

    /// <summary>What limits its requests.</summary>
    public const string Deploy = Backend + "ModelDeployConfig.";

    /// <summary>The scheduler's object.</summary>
    public const string Schedule = Backend + "ScheduleConfig.";

    /// <summary>The engine's object.</summary>
    public const string Backend = "BackendConfig.";

    /// <summary>The server's object.</summary>
    public const string Server = "ServerConfig.";

    /// <summary>The log's object.</summary>
    public const string Log = "LogConfig.";
}
