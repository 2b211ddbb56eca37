namespace Kdsl.Configuration;

/// <summary>A setting as it counts.</summary>
/// <param name="Setting">The row.</param>
/// <param name="Value">What its type made of the text; null: it is unset.</param>
/// <param name="Text">The text; null: it is unset.</param>
/// <param name="Source">Where it was set.</param>
/// <param name="Overridden">What lower layers had said, the strongest first.</param>
sealed record EffectiveValue(Setting Setting, object? Value, string? Text, Source Source, IReadOnlyList<RawValue> Overridden)
{
    /// <summary>The text for printing.</summary>
    public string Shown => Text is null ? $"({Setting.Unset})" : Setting.IsSecret && Text.Length > 0 ? "***" : Text.Length == 0 ? "(none)" : Text;
}

/// <summary>All settings as they count, each with its source.</summary>
sealed class EffectiveConfiguration(IReadOnlyDictionary<Setting, EffectiveValue> values)
{
    /// <summary>In the order of the table.</summary>
    public IEnumerable<EffectiveValue> All => values.Values;

    /// <summary>One of them.</summary>
    public EffectiveValue this[Setting setting] => values[setting];

    /// <summary>The value of one of them.</summary>
    public T Get<T>(Setting<T> setting) => (T)values[setting].Value!;

    /// <summary>A path; what a file of MindIE's says is relative to its installation, which holds conf/config.json, or else to the file's folder.</summary>
    public string? Path(Setting<string?> setting) => Get(setting) is { } path ? Rooted(path, values[setting].Source) : null;

    /// <summary>The same with another value.</summary>
    public EffectiveConfiguration With(EffectiveValue value) => new(new Dictionary<Setting, EffectiveValue>(values) { [value.Setting] = value });

    static string Rooted(string path, Source source)
    {
        if (source.File is not { } file || System.IO.Path.IsPathRooted(path)) return path;
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(file))!;
        bool installed = source.Layer == Layer.MindIe && System.IO.Path.GetFileName(folder) == "conf";
        return System.IO.Path.Combine(installed ? System.IO.Path.GetDirectoryName(folder)! : folder, path);
    }
}
