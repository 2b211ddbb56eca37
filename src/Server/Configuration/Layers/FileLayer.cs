using Kdsl.Configuration.Files;

namespace Kdsl.Configuration.Layers;

/// <summary>What a file's fields set, and which of them nobody knows.</summary>
/// <param name="Layer">The layer that the file is.</param>
/// <param name="Rows">Settings by their paths.</param>
/// <param name="Ignored">Paths of fields or objects that have no effect, with why; an ending * stands for any end.</param>
sealed record FileLayer(Layer Layer, IReadOnlyDictionary<string, Setting> Rows, IReadOnlyList<(string Path, string Why)> Ignored)
{
    /// <summary>The values that the file sets.</summary>
    public List<RawValue> Read(SettingsFile file, Problems problems)
    {
        foreach (var (path, first, line) in file.Duplicates)
            problems.Fault($"{file.File}:{line}: {path} was set in line {first} already; remove one of the two.", "The later one is taken.");

        var values = new List<RawValue>();
        string? skipped = null;
        foreach (var value in file.Values)
        {
            if (skipped is not null && IsWithin(value.Path, skipped)) continue;
            skipped = null;
            var source = new Source(Layer, value.Path, file.File, value.Line);
            if (Rows.TryGetValue(value.Path, out var setting))
            {
                if (value.Shape == Shape.Object || value.Shape == Shape.List && !setting.Type.TakesLists)
                {
                    problems.Fault($"{source} is {(value.Shape == Shape.Object ? "an object" : "a list")}; expected {setting.Type.Allowed}.", "It is left out.");
                    skipped = value.Path;
                }
                else
                {
                    values.Add(new RawValue(setting, value.Text + (Layer == Layer.MindIe ? setting.MindIeUnit : ""), source));
                }
            }
            else if (Ignored.FirstOrDefault(i => Matches(value.Path, i.Path)) is { Path: not null } ignored)
            {
                problems.Note($"{source}: ignored: {ignored.Why}");
                skipped = value.Path;
            }
            else if (value.Shape != Shape.Object || !Rows.Keys.Any(path => IsWithin(path, value.Path)))
            {
                problems.Warn($"{source}: unknown, and ignored{Meant(value.Path)}");
                skipped = value.Path;
            }
        }
        return values;
    }

    string Meant(string path) => NearestName.Of(LastOf(path), Rows.Keys.Select(LastOf)) is { } name ? $"; did you mean {name}?" : ".";

    static string LastOf(string path) => path[(path.LastIndexOf('.') + 1)..];

    static bool IsWithin(string path, string parent) => path.StartsWith(parent, StringComparison.Ordinal) && path.Length > parent.Length && path[parent.Length] is '.' or '[';

    static bool Matches(string path, string pattern) => pattern.EndsWith('*') ? path.StartsWith(pattern[..^1], StringComparison.Ordinal) : path == pattern;
}
