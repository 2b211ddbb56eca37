using KernelDsl.Runtime.Grammar.Characters;

namespace KernelDsl.Runtime.Grammar.Regex;

/// <summary>A regular expression over characters.</summary>
abstract record RegexNode
{
    /// <summary>The empty text.</summary>
    public static readonly RegexNode Empty = new RegexSequence([]);

    /// <summary>No text.</summary>
    public static readonly RegexNode Never = new RegexChoice([]);

    /// <summary>Any text, line ends included.</summary>
    public static readonly RegexNode Anything = new RegexRepeat(new RegexClass(CharSet.Any), 0, null);

    /// <summary>These characters.</summary>
    public static RegexNode Spell(string text) => new RegexSequence([.. text.EnumerateRunes().Select(rune => new RegexClass(CharSet.Of(rune.Value)))]);

    /// <summary>One character of an inclusive range; no text when it is empty.</summary>
    public static RegexNode Range(char low, char high) => low <= high ? new RegexClass(CharSet.Of((low, high))) : Never;

    /// <summary>One after the other.</summary>
    public static RegexNode Of(params IReadOnlyList<RegexNode> parts) => new RegexSequence(parts);

    /// <summary>One of them.</summary>
    public static RegexNode Any(params IReadOnlyList<RegexNode> options) => new RegexChoice(options);

    /// <summary>This, so many times.</summary>
    public RegexNode Times(int least, int? most) => new RegexRepeat(this, least, most);
}

sealed record RegexClass(CharSet Set) : RegexNode;

sealed record RegexSequence(IReadOnlyList<RegexNode> Parts) : RegexNode;

sealed record RegexChoice(IReadOnlyList<RegexNode> Options) : RegexNode;

sealed record RegexRepeat(RegexNode Body, int Least, int? Most) : RegexNode;
