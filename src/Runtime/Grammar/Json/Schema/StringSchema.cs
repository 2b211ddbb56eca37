using System.Text.Json;
using KernelDsl.Runtime.Grammar.Characters;
using KernelDsl.Runtime.Grammar.Regex;

namespace KernelDsl.Runtime.Grammar.Json.Schema;

/// <summary>Keywords of strings: pattern, format, minLength, maxLength, each of them exact and all of them together.</summary>
static class StringSchema
{
    /// <summary>The strings that satisfy all parts, in quotes.</summary>
    public static Expression Build(IReadOnlyList<SchemaPart> parts, JsonRules json)
    {
        var (least, most) = Lengths(parts);
        if (most < least)
            return Expression.Never;
        if (Contents(parts) is not { } contents)
        {
            return least == 0 && most is null ? json.String
                : Expression.Of(Expression.Spell("\""), new Repeat(json.Character, least, most), Expression.Spell("\""));
        }

        contents = OfLength(contents, least, most);
        return contents.IsNever ? Expression.Never
            : Expression.Of(Expression.Spell("\""), new Pattern(contents, InJson: true), Expression.Spell("\""));
    }

    /// <summary>The strings that satisfy all parts, without quotes.</summary>
    public static CharDfa Texts(IReadOnlyList<SchemaPart> parts)
    {
        var (least, most) = Lengths(parts);
        return Contents(parts) is { } contents ? OfLength(contents, least, most) : CharDfa.OfLength(least, most);
    }

    /// <summary>The strings in which a pattern is found.</summary>
    /// <param name="at">Where it is in the document, for errors.</param>
    public static CharDfa Matching(string pattern, string at) => Parse(pattern, search: true, at);

    /// <summary>Whether a string satisfies all parts.</summary>
    public static bool Admits(IReadOnlyList<SchemaPart> parts, string text)
    {
        var (least, most) = Lengths(parts);
        var length = text.EnumerateRunes().Count();
        return length >= least && !(length > most) && Contents(parts)?.Accepts(text) != false;
    }

    static CharDfa OfLength(CharDfa contents, int least, int? most) =>
        least > 0 || most is not null ? contents.Intersect(CharDfa.OfLength(least, most)) : contents;

    static (int Least, int? Most) Lengths(IReadOnlyList<SchemaPart> parts) =>
        (parts.Max(part => Keywords.Count(part, "minLength")) ?? 0, parts.Min(part => Keywords.Count(part, "maxLength")));

    static CharDfa? Contents(IReadOnlyList<SchemaPart> parts)
    {
        CharDfa? all = null;
        foreach (var part in parts)
        {
            if (part.TryGet("pattern", out var pattern))
            {
                if (pattern.ValueKind != JsonValueKind.String)
                    throw new GrammarException($"{part.At}/pattern is {pattern.GetRawText()}; allowed is a string.");
                all = CharDfa.Both(all, Matching(pattern.GetString()!, $"{part.At}/pattern"));
            }

            // A format that is not known is an annotation.
            if (part.TryGet("format", out var format) && format.ValueKind == JsonValueKind.String && Formats.Of(format.GetString()!) is { } known)
                all = CharDfa.Both(all, Parse(known, search: false, $"{part.At}/format"));
        }

        return all;
    }

    static CharDfa Parse(string pattern, bool search, string at)
    {
        try
        {
            return CharDfa.Of(RegexParser.Parse(pattern, search));
        }
        catch (GrammarException e)
        {
            throw new GrammarException($"{at}: {e.Message}");
        }
    }
}
