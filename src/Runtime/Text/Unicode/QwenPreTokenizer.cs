using System.Globalization;
using Microsoft.ML.Tokenizers;

namespace KernelDsl.Runtime.Text.Unicode;

/// <summary>
/// Cuts text as Qwen2's pattern does, by code points and independent of culture:
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// .NET's Regex works on UTF-16 units and so takes no astral letter for a letter.
/// </summary>
internal sealed class QwenPreTokenizer : PreTokenizer
{
    public const string Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => Split(text);

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => Split(text);

    public static List<(int Offset, int Length)> Split(ReadOnlySpan<char> text)
    {
        List<(int, int)> pieces = new(text.Length / 4 + 1);
        for (int at = 0, end; at < text.Length; at = end)
        {
            end = NextEnd(text, at);
            pieces.Add((at, end - at));
        }
        return pieces;
    }

    /// <summary>End of the pre-token that starts at <paramref name="at"/>, which is inside the text.</summary>
    public static int NextEnd(ReadOnlySpan<char> text, int at)
    {
        var kind = KindAt(text, at, out int width);
        if (text[at] == '\'' && Contraction(text[(at + 1)..]) is > 0 and int contraction) return at + 1 + contraction;

        if (kind == Kind.Letter) return Run(text, at, Kind.Letter);
        if (kind != Kind.Number && kind != Kind.LineBreak && Run(text, at + width, Kind.Letter) is var word && word > at + width) return word;
        if (kind == Kind.Number) return at + width;

        int symbols = text[at] == ' ' ? at + 1 : at;
        if (Run(text, symbols, Kind.Symbol) is var symbolsEnd && symbolsEnd > symbols)
        {
            while (symbolsEnd < text.Length && text[symbolsEnd] is '\r' or '\n') symbolsEnd++;
            return symbolsEnd;
        }
        return Spaces(text, at);
    }

    static int Spaces(ReadOnlySpan<char> text, int at)
    {
        int end = at, last = at, afterBreak = -1;
        while (end < text.Length && KindAt(text, end, out int width) is var kind && kind is Kind.Space or Kind.LineBreak)
        {
            last = end;
            end += width;
            if (kind == Kind.LineBreak) afterBreak = end;
        }
        if (afterBreak > 0) return afterBreak;
        // A space before something else is left to it, unless it is the only one.
        return end < text.Length && last > at ? last : end;
    }

    /// <summary>Units that a contraction takes after its apostrophe; 0: none. U+017F folds to s in Unicode's simple case folding.</summary>
    static int Contraction(ReadOnlySpan<char> rest)
    {
        if (rest.IsEmpty) return 0;
        if (rest[0] is 's' or 'S' or 'ſ' or 't' or 'T' or 'm' or 'M' or 'd' or 'D') return 1;
        if (rest.Length == 1) return 0;
        return ((char)(rest[0] | 0x20), (char)(rest[1] | 0x20)) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 2 : 0;
    }

    static int Run(ReadOnlySpan<char> text, int at, Kind kind)
    {
        while (at < text.Length && KindAt(text, at, out int width) == kind) at += width;
        return at;
    }

    enum Kind : byte { Symbol, Letter, Number, Space, LineBreak }

    static Kind KindAt(ReadOnlySpan<char> text, int at, out int width)
    {
        width = 1;
        char c = text[at];
        if (c < 128) return Ascii[c];
        if (char.IsHighSurrogate(c) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
        {
            width = 2;
            return Of(char.ConvertToUtf32(c, text[at + 1]));
        }
        return char.IsWhiteSpace(c) ? Kind.Space : Of(c);
    }

    static readonly Kind[] Ascii = [.. Enumerable.Range(0, 128).Select(c =>
        c is '\r' or '\n' ? Kind.LineBreak : char.IsWhiteSpace((char)c) ? Kind.Space : Of(c))];

    static Kind Of(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
    {
        <= UnicodeCategory.OtherLetter => Kind.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
        _ => Kind.Symbol,
    };
}
