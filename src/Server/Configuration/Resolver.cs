namespace Kdsl.Configuration;

/// <summary>Makes one configuration of layers.</summary>
static class Resolver
{
    const int LongestShown = 80;

    /// <summary>The value of the highest layer that sets each setting, checked; within a layer the later of two.</summary>
    /// <param name="settings">Rows to resolve.</param>
    /// <param name="values">From the lowest layer to the highest; of other rows too.</param>
    public static EffectiveConfiguration Resolve(IEnumerable<Setting> settings, IEnumerable<RawValue> values, Problems problems)
    {
        var said = values.ToLookup(static v => v.Setting);
        return new EffectiveConfiguration(settings.ToDictionary(static s => s, s => Resolve(s, [.. said[s].OrderBy(static v => v.Source.Layer)], problems)));
    }

    /// <summary>The complaint about a value that is not allowed.</summary>
    /// <param name="allowed">What is; null: what the type says.</param>
    public static string Complaint(RawValue value, string? allowed = null, string? why = null, string? nearest = null)
    {
        why ??= value.Setting.Why;
        return $"{value.Source} is '{Shown(value)}'; expected {allowed ?? value.Setting.Type.Allowed}."
            + (why is null ? "" : $" Why: {why}.") + (nearest is null ? "" : $" Nearest valid value: {nearest}; --strict=false takes it.");
    }

    static EffectiveValue Resolve(Setting setting, RawValue[] values, Problems problems)
    {
        if (values.Length == 0) return Default(setting, []);
        var (winner, overridden) = (values[^1], values[..^1].Reverse().ToArray());
        foreach (var other in overridden)
            if (!setting.Type.TryParse(other.Text, out _)) problems.Warn($"{Complaint(other)} It has no effect: {winner.Source} is set.");

        if (setting.Type.TryParse(winner.Text, out object? value)) return new(setting, value, winner.Text, winner.Source, overridden);
        string? nearest = setting.Type.Nearest(winner.Text);
        problems.Fault(Complaint(winner, nearest: nearest), nearest is null ? $"The default is taken: {setting.DefaultText ?? setting.Unset}." : "It is taken.");
        // Where this is the program's end, no other setting is held against a value that nobody chose.
        return !problems.Strict && nearest is not null && setting.Type.TryParse(nearest, out value) ? new(setting, value, nearest, winner.Source, overridden) : Default(setting, overridden);
    }

    static EffectiveValue Default(Setting setting, IReadOnlyList<RawValue> overridden) =>
        new(setting, setting.DefaultText is { } text && setting.Type.TryParse(text, out object? value) ? value : null, setting.DefaultText, Source.Default, overridden);

    static string Shown(RawValue value)
    {
        if (value.Setting.IsSecret) return "***";
        string text = string.Concat(value.Text.Take(LongestShown).Select(static c => char.IsControl(c) ? ' ' : c));
        return value.Text.Length > LongestShown ? text + "…" : text;
    }
}
