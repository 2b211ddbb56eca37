using System.Text.Json;
using KernelDsl.Runtime.Grammar.Characters;

namespace KernelDsl.Runtime.Grammar.Json.Schema;

/// <summary>One entry of <c>patternProperties</c>: properties in whose names the pattern is found have the schema.</summary>
/// <param name="Part">The schema with the entry.</param>
/// <param name="Names">The names.</param>
/// <param name="Schema">What such a property's value must satisfy.</param>
sealed record NamePattern(SchemaPart Part, CharDfa Names, SchemaPart Schema)
{
    // Each doubles the sets of names to tell apart.
    const int Most = 6;

    /// <summary>The entries of a part.</summary>
    public static IEnumerable<NamePattern> Of(SchemaPart part)
    {
        if (!part.TryGet("patternProperties", out var patterns))
            return [];
        if (patterns.ValueKind != JsonValueKind.Object)
            throw new GrammarException($"{part.At}/patternProperties must be an object of schemas.");
        return patterns.EnumerateObject().Select(entry =>
        {
            var path = $"patternProperties/{References.Step(entry.Name)}";
            return new NamePattern(part, StringSchema.Matching(entry.Name, $"{part.At}/{path}"), part.Child(path, entry.Value));
        });
    }

    /// <summary>Sets of names, each with the patterns that are found in its names and in no others' of them; names null: all.</summary>
    /// <param name="at">Where they are, for errors.</param>
    public static IEnumerable<(CharDfa? Names, IReadOnlyList<NamePattern> Matched)> Partition(IReadOnlyList<NamePattern> patterns, string at)
    {
        if (patterns.Count > Most)
            throw GrammarException.Limit($"{at} has {patterns.Count} patterns of names together", Most, "Use fewer.");
        CharDfa[] others = [.. patterns.Select(pattern => pattern.Names.Complement())];
        for (var set = 0; set < 1 << patterns.Count; set++)
        {
            CharDfa? names = null;
            for (var i = 0; i < patterns.Count; i++)
                names = CharDfa.Both(names, (set >> i & 1) != 0 ? patterns[i].Names : others[i]);
            yield return (names, [.. patterns.Where((_, i) => (set >> i & 1) != 0)]);
        }
    }

    /// <summary>Whether the pattern is found in a name.</summary>
    public bool Admits(string name) => Names.Accepts(name);
}
