namespace Kdsl.Configuration;

/// <summary>Where settings come from; a later layer wins.</summary>
enum Layer
{
    /// <summary>kdsl's own.</summary>
    Default,

    /// <summary>The model's folder: generation_config.json and config.json.</summary>
    HuggingFace,

    /// <summary>MindFormers' predict_*.yaml.</summary>
    Yaml,

    /// <summary>MindIE's config.json.</summary>
    MindIe,

    /// <summary>Environment variables.</summary>
    Environment,

    /// <summary>The command line.</summary>
    Flag,
}

/// <summary>Where one value was set.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Name">What it is called there: a flag, a variable, or the path of a field.</param>
/// <param name="File">The file; null where there is none.</param>
/// <param name="Line">Its line there, from 1.</param>
sealed record Source(Layer Layer, string Name, string? File = null, int Line = 0)
{
    /// <summary>The default of a setting.</summary>
    public static Source Default { get; } = new(Layer.Default, "default");

    /// <summary>As messages begin: <c>config.json:24: ServerConfig.port</c>, <c>KDSL_PORT</c> or <c>--port</c>.</summary>
    public override string ToString() => File is null ? Name : $"{File}:{Line}: {Name}";
}

/// <summary>A value as it was written.</summary>
/// <param name="Setting">What it sets.</param>
/// <param name="Text">The text; of a list, its compact JSON.</param>
/// <param name="Source">Where.</param>
sealed record RawValue(Setting Setting, string Text, Source Source);
