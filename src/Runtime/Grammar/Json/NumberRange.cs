using System.Globalization;
using KernelDsl.Runtime.Grammar.Characters;
using KernelDsl.Runtime.Grammar.Regex;
using static KernelDsl.Runtime.Grammar.Regex.RegexNode;

namespace KernelDsl.Runtime.Grammar.Json;

/// <summary>One end of a range of numbers.</summary>
/// <param name="Open">The value itself is not in the range.</param>
readonly record struct Bound(decimal Value, bool Open);

/// <summary>The spellings of the numbers of a range, digit by digit: no exponents, up to 16 digits before and after the point.</summary>
static class NumberRange
{
    const int Digits = 16;

    static readonly RegexNode s_digit = RegexNode.Range('0', '9'), s_digits = s_digit.Times(0, null), s_zeros = RegexNode.Range('0', '0').Times(0, null);
    static readonly RegexNode s_fraction = Of(Spell("."), s_digit.Times(1, null)).Times(0, 1);
    static readonly RegexNode s_any = Of(Any(Spell("0"), Of(RegexNode.Range('1', '9'), s_digits)), s_fraction);

    /// <summary>Numbers between two bounds; null: no bound.</summary>
    public static CharDfa Between(Bound? least, Bound? most, bool integer)
    {
        var whole = Any(Spell("0"), RegexNode.Of(RegexNode.Range('1', '9'), s_digit.Times(0, Digits - 1)));
        var shape = RegexNode.Of(Spell("-").Times(0, 1), whole, integer ? Empty : RegexNode.Of(Spell("."), s_digit.Times(1, Digits)).Times(0, 1));
        var dfa = CharDfa.Of(shape);
        if (least is { } low)
            dfa = dfa.Intersect(CharDfa.Of(AtLeast(low)));
        return most is { } high ? dfa.Intersect(CharDfa.Of(AtMost(high))) : dfa;
    }

    static RegexNode AtLeast(Bound bound) => bound.Value >= 0
        ? Above(Split(bound.Value), bound.Open)
        : Any(s_any, RegexNode.Of(Spell("-"), Below(Split(-bound.Value), bound.Open)));

    static RegexNode AtMost(Bound bound) => bound.Value < 0
        ? RegexNode.Of(Spell("-"), Above(Split(-bound.Value), bound.Open))
        : Any(RegexNode.Of(Spell("-"), Above(("0", ""), open: true)), Below(Split(bound.Value), bound.Open));

    static (string Whole, string Fraction) Split(decimal value)
    {
        var parts = value.ToString("0.############################", CultureInfo.InvariantCulture).Split('.');
        return (parts[0], parts.Length > 1 ? parts[1] : "");
    }

    /// <summary>Magnitudes of at least (open: above) whole.fraction.</summary>
    static RegexNode Above((string Whole, string Fraction) bound, bool open)
    {
        var (whole, fraction) = bound;
        var options = new List<RegexNode>
        {
            RegexNode.Of(RegexNode.Range('1', '9'), s_digit.Times(whole.Length, null), s_fraction),
            RegexNode.Of(Spell(whole), FractionAbove(fraction, open)),
        };
        for (var i = 0; i < whole.Length; i++)
            options.Add(RegexNode.Of(Spell(whole[..i]), RegexNode.Range((char)(whole[i] + 1), '9'), s_digit.Times(whole.Length - 1 - i, whole.Length - 1 - i), s_fraction));
        return Any(options);
    }

    /// <summary>Magnitudes of at most (open: below) whole.fraction.</summary>
    static RegexNode Below((string Whole, string Fraction) bound, bool open)
    {
        var (whole, fraction) = bound;
        var options = new List<RegexNode> { RegexNode.Of(Spell(whole), FractionBelow(fraction, open)) };
        if (whole.Length > 1)
        {
            options.Add(RegexNode.Of(Spell("0"), s_fraction));
            options.Add(RegexNode.Of(RegexNode.Range('1', '9'), s_digit.Times(0, whole.Length - 2), s_fraction));
        }

        for (var i = 0; i < whole.Length; i++)
        {
            var least = i == 0 && whole.Length > 1 ? '1' : '0';
            options.Add(RegexNode.Of(Spell(whole[..i]), RegexNode.Range(least, (char)(whole[i] - 1)), s_digit.Times(whole.Length - 1 - i, whole.Length - 1 - i), s_fraction));
        }

        return Any(options);
    }

    static RegexNode FractionAbove(string digits, bool open)
    {
        if (digits.Length == 0)
            return open ? RegexNode.Of(Spell("."), s_zeros, RegexNode.Range('1', '9'), s_digits) : s_fraction;
        var options = new List<RegexNode>
        {
            RegexNode.Of(Spell(digits), open ? RegexNode.Of(s_zeros, RegexNode.Range('1', '9'), s_digits) : s_digits),
        };
        for (var i = 0; i < digits.Length; i++)
            options.Add(RegexNode.Of(Spell(digits[..i]), RegexNode.Range((char)(digits[i] + 1), '9'), s_digits));
        return RegexNode.Of(Spell("."), Any(options));
    }

    static RegexNode FractionBelow(string digits, bool open)
    {
        if (digits.Length == 0)
            return open ? Never : RegexNode.Of(Spell("."), s_zeros, Spell("0")).Times(0, 1);
        var options = new List<RegexNode>();
        for (var i = 0; i < digits.Length; i++)
        {
            if (i > 0)
                options.Add(Spell(digits[..i]));
            options.Add(RegexNode.Of(Spell(digits[..i]), RegexNode.Range('0', (char)(digits[i] - 1)), s_digits));
        }

        if (!open)
            options.Add(RegexNode.Of(Spell(digits), s_zeros));
        return RegexNode.Of(Spell("."), Any(options)).Times(0, 1);
    }
}
