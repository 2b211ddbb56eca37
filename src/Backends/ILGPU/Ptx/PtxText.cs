using System.Text.RegularExpressions;

namespace KernelDsl.Backends.Ilgpu.Ptx;

/// <summary>From the text that ILGPU prints to the text that ships: the wanted target, exact arithmetic, stable names, and nothing unresolved.</summary>
public static partial class PtxText
{
    /// <summary>Finishes one kernel's PTX.</summary>
    /// <exception cref="PtxException">The text calls something, names an external function, or does not match the entry.</exception>
    public static string Finish(string text, KernelEntry entry, string target)
    {
        text = text.ReplaceLineEndings("\n");
        // ILGPU lowers the target to the oldest one with the capabilities it knows.
        text = TargetLine().Replace(text, $".target {target}");
        text = StubDeclaration().Replace(text, "");
        text = StubDefinition().Replace(text, "");
        // A rounding word forbids the assembler to contract a product and a sum: numbers then do not depend on how a driver schedules.
        text = Contractible().Replace(text, static m => $"{m.Groups[1].Value}.rn.f32");
        if (Unresolved().Match(text) is { Success: true } call)
            throw new PtxException($"{entry.Function}: '{call.Value.Trim()}' is left unresolved: ILGPU has no implementation of a function that the kernel calls");
        if (Local().Match(text) is { Success: true } local)
            throw new PtxException($"{entry.Function}: '{local.Value.Trim()}' puts values in local memory; tiles must stay in registers");
        if (!text.Contains($".visible .entry Kernel_{entry.Function}(", StringComparison.Ordinal))
            throw new PtxException($"{entry.Function}: no entry 'Kernel_{entry.Function}' in ILGPU's text");
        int shared = SharedMemory().Matches(text).Sum(static m => int.Parse(m.Groups[1].Value));
        if (shared > entry.SharedBytes)
            throw new PtxException($"{entry.Function}: {shared} bytes of shared memory, the launch entry promises {entry.SharedBytes}");
        return Renumber(text, entry);
    }

    /// <summary>Ids in names come from a counter of the process; count from zero in order of appearance instead.</summary>
    private static string Renumber(string text, KernelEntry entry)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        string Next(string prefix) => $"{prefix}{counts[prefix] = counts.GetValueOrDefault(prefix, -1) + 1}";

        int start = text.IndexOf($".visible .entry Kernel_{entry.Function}(", StringComparison.Ordinal);
        string signature = text[start..text.IndexOf(')', start)];
        foreach (Match parameter in Parameter().Matches(signature))
            names.Add(parameter.Groups[1].Value, Next("p"));
        int expected = entry.Parameters.Sum(static p => p.Rank == 0 ? 1 : 1 + p.Rank + p.Strides);
        if (names.Count != expected)
            throw new PtxException($"{entry.Function}: {names.Count} device parameters in the text, {expected} in the launch entry");
        return Numbered().Replace(text, match =>
        {
            if (names.TryGetValue(match.Value, out string? known)) return known;
            return match.Groups["label"].Success || match.Groups["shared"].Success
                ? names[match.Value] = Next(match.Groups["label"].Success ? "L" : "shared") : match.Value;
        });
    }

    [GeneratedRegex(@"^\.target sm_\w+", RegexOptions.Multiline)]
    private static partial Regex TargetLine();

    // An intrinsic leaves its C# body behind as a function that nothing calls.
    [GeneratedRegex(@"^\.visible \.func (?:\(.*?\) )?\w+\([^)]*\)\s*;\s*", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex StubDeclaration();

    [GeneratedRegex(@"^\.visible \.func (?:\([^)]*\) )?\w+\([^)]*\)\s*\{.*?^\}\s*", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex StubDefinition();

    [GeneratedRegex(@"\b(add|sub|mul)\.f32\b")]
    private static partial Regex Contractible();

    [GeneratedRegex(@"^\s*(?:\.extern \.func.*|\.visible \.func.*|.*\bcall\b.*)$", RegexOptions.Multiline)]
    private static partial Regex Unresolved();

    [GeneratedRegex(@"^.*\.local\b.*$", RegexOptions.Multiline)]
    private static partial Regex Local();

    [GeneratedRegex(@"\.shared \.align \d+ \.b8 \w+\[(\d+)\]")]
    private static partial Regex SharedMemory();

    [GeneratedRegex(@"\.param (?:\.align \d+ )?\.\w+ (\w+)")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"(?<![\w%$])(?:(?<label>L_\d+)|(?<shared>__shared_alloca\d+)|_?\w+)(?!\w)")]
    private static partial Regex Numbered();
}
