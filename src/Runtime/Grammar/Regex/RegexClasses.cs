using System.Globalization;
using System.Text;
using KernelDsl.Runtime.Grammar.Characters;

namespace KernelDsl.Runtime.Grammar.Regex;

/// <summary>The named character classes: \d \w \s are ASCII (as in JavaScript, but \s too); \p takes Unicode's general categories.</summary>
static class RegexClasses
{
    static readonly CharSet s_digit = CharSet.Of(('0', '9'));
    static readonly CharSet s_word = CharSet.Of(('0', '9'), ('A', 'Z'), ('a', 'z'), ('_', '_'));
    static readonly CharSet s_space = CharSet.Of(('\t', '\r'), (' ', ' '));
    static readonly Lazy<Dictionary<string, CharSet>> s_categories = new(ReadCategories);

    /// <summary>What a dot stands for: all but line ends.</summary>
    public static CharSet Dot { get; } = CharSet.Of(('\n', '\n'), ('\r', '\r')).Complement();

    /// <summary>The class of a letter after a backslash; null: it names none.</summary>
    public static CharSet? Escape(char letter) => letter switch
    {
        'd' => s_digit,
        'D' => s_digit.Complement(),
        'w' => s_word,
        'W' => s_word.Complement(),
        's' => s_space,
        'S' => s_space.Complement(),
        _ => null,
    };

    /// <summary>A general category such as L or Lu; null: there is none of this name.</summary>
    public static CharSet? Category(string name) => s_categories.Value.GetValueOrDefault(name);

    static Dictionary<string, CharSet> ReadCategories()
    {
        var ranges = new Dictionary<string, List<(int, int)>>();
        for (var c = 0; c <= 0x10FFFF; c++)
        {
            if (!Rune.IsValid(c))
                continue;
            var name = Abbreviation(CharUnicodeInfo.GetUnicodeCategory(c));
            foreach (var key in (string[])[name, name[..1]])
            {
                if (!ranges.TryGetValue(key, out var list))
                    ranges.Add(key, list = []);
                if (list.Count > 0 && list[^1].Item2 == c - 1)
                    list[^1] = (list[^1].Item1, c);
                else
                    list.Add((c, c));
            }
        }

        return ranges.ToDictionary(pair => pair.Key, pair => CharSet.Of(pair.Value));
    }

    static string Abbreviation(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => "Lu",
        UnicodeCategory.LowercaseLetter => "Ll",
        UnicodeCategory.TitlecaseLetter => "Lt",
        UnicodeCategory.ModifierLetter => "Lm",
        UnicodeCategory.OtherLetter => "Lo",
        UnicodeCategory.NonSpacingMark => "Mn",
        UnicodeCategory.SpacingCombiningMark => "Mc",
        UnicodeCategory.EnclosingMark => "Me",
        UnicodeCategory.DecimalDigitNumber => "Nd",
        UnicodeCategory.LetterNumber => "Nl",
        UnicodeCategory.OtherNumber => "No",
        UnicodeCategory.SpaceSeparator => "Zs",
        UnicodeCategory.LineSeparator => "Zl",
        UnicodeCategory.ParagraphSeparator => "Zp",
        UnicodeCategory.Control => "Cc",
        UnicodeCategory.Format => "Cf",
        UnicodeCategory.Surrogate => "Cs",
        UnicodeCategory.PrivateUse => "Co",
        UnicodeCategory.ConnectorPunctuation => "Pc",
        UnicodeCategory.DashPunctuation => "Pd",
        UnicodeCategory.OpenPunctuation => "Ps",
        UnicodeCategory.ClosePunctuation => "Pe",
        UnicodeCategory.InitialQuotePunctuation => "Pi",
        UnicodeCategory.FinalQuotePunctuation => "Pf",
        UnicodeCategory.OtherPunctuation => "Po",
        UnicodeCategory.MathSymbol => "Sm",
        UnicodeCategory.CurrencySymbol => "Sc",
        UnicodeCategory.ModifierSymbol => "Sk",
        UnicodeCategory.OtherSymbol => "So",
        _ => "Cn",
    };
}
