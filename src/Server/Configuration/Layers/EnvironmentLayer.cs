using Kdsl.Configuration.Table;

namespace Kdsl.Configuration.Layers;

/// <summary>Environment variables: KDSL_ and the name of a setting, or MindIE's own.</summary>
static class EnvironmentLayer
{
    /// <summary>The values that they set; an empty variable sets nothing, and kdsl's own is stronger than MindIE's.</summary>
    public static List<RawValue> Read(IReadOnlyDictionary<string, string> variables, Problems problems)
    {
        foreach (string unknown in variables.Keys.Where(static v => v.StartsWith("KDSL_", StringComparison.Ordinal) && !Settings.ByVariable.ContainsKey(v)))
            if (NearestName.Of(unknown["KDSL_".Length..], Settings.ByVariable.Keys.Where(static v => v.StartsWith("KDSL_", StringComparison.Ordinal)).Select(static v => v["KDSL_".Length..])) is { } name)
                problems.Warn($"{unknown}: unknown, and ignored; did you mean KDSL_{name}?");

        return [.. from setting in Settings.All
                   from variable in setting.Variables.Reverse()
                   where variables.TryGetValue(variable, out string? text) && text.Length > 0
                   select new RawValue(setting, variables[variable], new Source(Layer.Environment, variable))];
    }

    /// <summary>Those of this process.</summary>
    public static IReadOnlyDictionary<string, string> Variables()
    {
        var variables = new Dictionary<string, string>();
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        return variables;
    }
}
