using System.Globalization;
using System.Text;
using KernelDsl.Runtime.Grammar.Characters;

namespace KernelDsl.Runtime.Grammar.Regex;

/// <summary>Reads what stands for one character: [...] and what follows a backslash.</summary>
static class RegexClassReader
{
    /// <summary>Reads [...] from its bracket on.</summary>
    public static CharSet Read(string text, ref int at)
    {
        var start = at++;
        var negated = at < text.Length && text[at] == '^';
        if (negated)
            at++;
        var ranges = new List<(int, int)>();
        for (var first = true; at < text.Length && (text[at] != ']' || first); first = false)
        {
            // JavaScript reads [] as no character, Python reads the bracket as one; neither is ever meant.
            if (text[at] == ']')
                throw new GrammarException($"The pattern has an empty class at {start}.");
            var low = ReadOne(text, ref at);
            if (at + 1 < text.Length && text[at] == '-' && text[at + 1] != ']')
            {
                at++;
                var high = ReadOne(text, ref at);
                if (Single(low) is not { } from || Single(high) is not { } to || from > to)
                    throw new GrammarException($"The pattern has a range that is not from a lower to a higher character, in the class at {start}.");
                ranges.Add((from, to));
            }
            else
            {
                ranges.AddRange(low.Ranges.ToArray());
            }
        }

        if (at == text.Length)
            throw new GrammarException($"The pattern has a '[' at {start} that is not closed.");
        at++;
        var set = CharSet.Of(ranges);
        return negated ? set.Complement() : set;
    }

    /// <summary>Reads an escape from its backslash on.</summary>
    public static CharSet ReadEscape(string text, ref int at, bool inClass)
    {
        var start = at++;
        if (at == text.Length)
            throw new GrammarException("The pattern ends with a backslash.");
        var letter = text[at++];
        if (RegexClasses.Escape(letter) is { } named)
            return named;
        switch (letter)
        {
            case 't': return CharSet.Of('\t');
            case 'n': return CharSet.Of('\n');
            case 'r': return CharSet.Of('\r');
            case 'f': return CharSet.Of('\f');
            case 'v': return CharSet.Of('\v');
            case 'b' when inClass: return CharSet.Of('\b');
            case '0' when at == text.Length || !char.IsAsciiDigit(text[at]): return CharSet.Of('\0');
            case 'x': return CharSet.Of(ReadHex(text, ref at, 2, start));
            case 'u': return CharSet.Of(ReadUnicode(text, ref at, start));
            case 'p' or 'P': return ReadCategory(text, ref at, start, negated: letter == 'P');
            case 'b' or 'B': throw new GrammarException($"The pattern has a word boundary, \\{letter}, at {start}; it is not supported.");
            case 'A' or 'z' or 'Z': throw new GrammarException($"The pattern has the anchor \\{letter} at {start}; write ^ or $ at its ends.");
            case >= '1' and <= '9' or 'k': throw new GrammarException($"The pattern has a back-reference, \\{letter}, at {start}; it is not supported.");
            case var other when char.IsAsciiLetterOrDigit(other): throw new GrammarException($"The pattern has the escape \\{other} at {start}; it is not supported.");
        }

        at--;
        Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length);
        at += length;
        return CharSet.Of(rune.Value);
    }

    static CharSet ReadOne(string text, ref int at)
    {
        if (text[at] == '\\')
            return ReadEscape(text, ref at, inClass: true);
        Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length);
        at += length;
        return CharSet.Of(rune.Value);
    }

    static int? Single(CharSet set) => set.Ranges is [var (low, high)] && low == high ? low : null;

    static int ReadUnicode(string text, ref int at, int start)
    {
        if (at < text.Length && text[at] == '{')
        {
            var end = text.IndexOf('}', at);
            var digits = end < 0 ? "" : text[(at + 1)..end];
            if (digits.Length is 0 or > 6)
                throw new GrammarException($"The pattern has a malformed \\u{{...}} at {start}.");
            at++;
            var code = ReadHex(text, ref at, digits.Length, start);
            at++;
            return Rune.IsValid(code) ? code : throw new GrammarException($"The pattern has \\u{{{digits}}} at {start}, which is no character.");
        }

        var unit = ReadHex(text, ref at, 4, start);
        if (char.IsHighSurrogate((char)unit) && at + 1 < text.Length && text[at] == '\\' && text[at + 1] == 'u')
        {
            at += 2;
            var low = ReadHex(text, ref at, 4, start);
            if (char.IsLowSurrogate((char)low))
                return char.ConvertToUtf32((char)unit, (char)low);
        }

        return Rune.IsValid(unit) ? unit : throw new GrammarException($"The pattern has half a surrogate pair at {start}.");
    }

    static int ReadHex(string text, ref int at, int digits, int start)
    {
        if (at + digits > text.Length || !int.TryParse(text.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            throw new GrammarException($"The pattern has an escape at {start} that lacks its {digits} hexadecimal digits.");
        at += digits;
        return code;
    }

    static CharSet ReadCategory(string text, ref int at, int start, bool negated)
    {
        var end = at < text.Length && text[at] == '{' ? text.IndexOf('}', at) : -1;
        if (end < 0)
            throw new GrammarException($"The pattern has \\{(negated ? 'P' : 'p')} at {start} without a category in braces.");
        var name = text[(at + 1)..end];
        at = end + 1;
        var set = RegexClasses.Category(name)
            ?? throw new GrammarException($"The pattern asks for \\p{{{name}}} at {start}; supported are general categories such as L, Lu or Nd.");
        return negated ? set.Complement() : set;
    }
}
