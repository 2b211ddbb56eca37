using System.Text.Json;

namespace KernelDsl.Runtime.Grammar.Json.Schema;

/// <summary>Keywords of numbers: minimum, maximum, exclusiveMinimum, exclusiveMaximum, also as draft 4 has them.</summary>
static class NumberSchema
{
    // No number of the grammar has more digits.
    const decimal Furthest = 10_000_000_000_000_000m;

    /// <summary>The numbers that satisfy all parts.</summary>
    public static Expression Build(IReadOnlyList<SchemaPart> parts, JsonRules json, bool integer)
    {
        foreach (var part in parts)
        {
            if (part.TryGet("multipleOf", out var step) && !(integer && step.ValueKind == JsonValueKind.Number && step.GetDouble() == 1))
                throw new GrammarException($"{part.At} has the keyword 'multipleOf', which is not supported for structured output. Leave it out.");
        }

        var (least, most) = Bounds(parts);
        if (least is null && most is null)
            return integer ? json.Integer : json.Number;
        var range = NumberRange.Between(least, most, integer);
        return range.IsNever ? Expression.Never : new Pattern(range, InJson: false);
    }

    /// <summary>Whether a number lies within the bounds.</summary>
    public static bool Admits(IReadOnlyList<SchemaPart> parts, JsonElement value)
    {
        var (least, most) = Bounds(parts);
        var number = Clip(value);
        return !(least is { } low && (number < low.Value || (low.Open && number == low.Value)))
            && !(most is { } high && (number > high.Value || (high.Open && number == high.Value)));
    }

    static (Bound? Least, Bound? Most) Bounds(IReadOnlyList<SchemaPart> parts)
    {
        Bound? least = null, most = null;
        foreach (var part in parts)
        {
            foreach (var bound in Read(part, "minimum", "exclusiveMinimum"))
                least = least is { } old && (old.Value > bound.Value || (old.Value == bound.Value && old.Open)) ? old : bound;
            foreach (var bound in Read(part, "maximum", "exclusiveMaximum"))
                most = most is { } old && (old.Value < bound.Value || (old.Value == bound.Value && old.Open)) ? old : bound;
        }

        return (least, most);
    }

    static IEnumerable<Bound> Read(SchemaPart part, string closed, string open)
    {
        var flag = part.TryGet(open, out var exclusive) && exclusive.ValueKind is JsonValueKind.True or JsonValueKind.False;
        if (part.TryGet(closed, out var value))
            yield return new Bound(Number(part, closed, value), flag && exclusive.GetBoolean());
        if (!flag && part.Has(open))
            yield return new Bound(Number(part, open, exclusive), Open: true);
    }

    static decimal Number(SchemaPart part, string keyword, JsonElement value) => value.ValueKind == JsonValueKind.Number ? Clip(value)
        : throw new GrammarException($"{part.At}/{keyword} is {value.GetRawText()}; allowed is a number.");

    static decimal Clip(JsonElement value) => value.TryGetDecimal(out var number) ? Math.Clamp(number, -Furthest, Furthest)
        : value.GetDouble() > 0 ? Furthest : -Furthest;
}
