using System.Globalization;
using System.Text;

namespace KernelDsl.Runtime.Text.Templates.Syntax;

/// <summary>Cuts template source into text, tags and the tokens in them, with jinja2's rules for white space.</summary>
internal sealed class Lexer
{
    readonly string _source;
    readonly TrimOptions _trim;
    readonly List<Token> _tokens = [];
    int _at, _line = 1;

    /// <summary>The text before <see cref="_at"/> ended with a newline that a tag consumed, or nothing is before it.</summary>
    bool _lineStarts = true;

    Lexer(string source, TrimOptions trim)
    {
        source = source.Replace("\r\n", "\n").Replace('\r', '\n');
        _source = source.EndsWith('\n') ? source[..^1] : source;
        _trim = trim;
    }

    public static List<Token> Read(string source, TrimOptions trim)
    {
        Lexer lexer = new(source, trim);
        lexer.ReadTemplate();
        lexer.Add(TokenKind.End, "");
        return lexer._tokens;
    }

    void ReadTemplate()
    {
        while (_at < _source.Length)
        {
            int tag = NextTag(_at);
            if (tag < 0)
            {
                Emit(_source[_at..]);
                return;
            }
            char kind = _source[tag + 1], sign = Sign(tag + 2);
            Emit(Before(tag, sign, kind));
            Advance(tag + (sign == 0 ? 2 : 3));
            if (kind == '#') SkipComment();
            else if (kind == '{') ReadTag(TokenKind.VariableBegin, TokenKind.VariableEnd, "}}");
            else if (RawBegin() is > 0 and int raw) ReadRaw(raw);
            else ReadTag(TokenKind.BlockBegin, TokenKind.BlockEnd, "%}");
        }
    }

    int NextTag(int from)
    {
        for (int i = from; (i = _source.IndexOf('{', i)) >= 0 && i + 1 < _source.Length; i++)
            if (_source[i + 1] is '{' or '%' or '#') return i;
        return -1;
    }

    char Sign(int at) => at < _source.Length && _source[at] is '-' or '+' ? _source[at] : '\0';

    /// <summary>The text up to a tag, stripped as the tag asks for.</summary>
    string Before(int tag, char sign, char kind)
    {
        string text = _source[_at..tag];
        if (sign == '-') return text.TrimEnd();
        if (sign == '+' || kind == '{' || !_trim.LstripBlocks) return text;
        int line = text.LastIndexOf('\n') + 1;
        return (line > 0 || _lineStarts) && string.IsNullOrWhiteSpace(text[line..]) ? text[..line] : text;
    }

    void Emit(string text)
    {
        if (text.Length > 0) Add(TokenKind.Data, text);
    }

    void SkipComment()
    {
        int end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0) throw Error("Missing end of comment tag");
        char sign = end > _at && _source[end - 1] is '-' or '+' ? _source[end - 1] : '\0';
        Advance(end + 2);
        TrimAfter(sign, _trim.TrimBlocks);
    }

    /// <summary>Skips what a closing tag swallows of the text behind it.</summary>
    void TrimAfter(char sign, bool trimNewline)
    {
        int end = _at;
        if (sign == '-')
            while (end < _source.Length && char.IsWhiteSpace(_source[end])) end++;
        else if (sign != '+' && trimNewline && end < _source.Length && _source[end] == '\n') end++;
        Advance(end);
        _lineStarts = end > 0 && _source[end - 1] == '\n';
    }

    /// <summary>End of a raw tag that starts here; 0 when it is another.</summary>
    int RawBegin()
    {
        int at = SkipSpace(_at);
        if (string.CompareOrdinal(_source, at, "raw", 0, 3) != 0) return 0;
        at = SkipSpace(at + 3);
        int close = at < _source.Length && _source[at] == '-' ? at + 1 : at;
        if (string.CompareOrdinal(_source, close, "%}", 0, 2) != 0) return 0;
        return close == at ? close + 2 : SkipSpace(close + 2);
    }

    void ReadRaw(int start)
    {
        Advance(start);
        _lineStarts = false;
        for (int tag = start; (tag = _source.IndexOf("{%", tag, StringComparison.Ordinal)) >= 0; tag++)
        {
            char sign = Sign(tag + 2);
            int at = SkipSpace(tag + (sign == 0 ? 2 : 3));
            if (string.CompareOrdinal(_source, at, "endraw", 0, 6) != 0) continue;
            at = SkipSpace(at + 6);
            char endSign = Sign(at);
            if (endSign != 0) at++;
            if (string.CompareOrdinal(_source, at, "%}", 0, 2) != 0) continue;
            Emit(Before(tag, sign, '%'));
            Advance(at + 2);
            TrimAfter(endSign, _trim.TrimBlocks);
            return;
        }
        throw Error("Missing end of raw directive");
    }

    void ReadTag(TokenKind begin, TokenKind end, string close)
    {
        Add(begin, "");
        int brackets = 0;
        while (true)
        {
            Advance(SkipSpace(_at));
            if (_at >= _source.Length) throw Error($"unexpected end of template, expected '{close}'");
            if (brackets == 0)
            {
                char sign = _source[_at] is '-' || _source[_at] is '+' && end == TokenKind.BlockEnd ? _source[_at] : '\0';
                int at = sign == 0 ? _at : _at + 1;
                if (string.CompareOrdinal(_source, at, close, 0, 2) == 0)
                {
                    Add(end, close);
                    Advance(at + 2);
                    TrimAfter(sign, end == TokenKind.BlockEnd && _trim.TrimBlocks);
                    return;
                }
            }
            brackets += ReadToken();
        }
    }

    /// <summary>Reads one token; returns by how much it opens or closes brackets.</summary>
    int ReadToken()
    {
        char c = _source[_at];
        int end = _at;
        if (char.IsLetter(c) || c == '_')
        {
            while (end < _source.Length && (char.IsLetterOrDigit(_source[end]) || _source[end] == '_')) end++;
            Take(TokenKind.Name, end);
        }
        else if (char.IsAsciiDigit(c)) ReadNumber();
        else if (c is '\'' or '"') ReadString(c);
        else
        {
            string op = _at + 1 < _source.Length && _source.Substring(_at, 2) is "//" or "**" or "==" or "!=" or ">=" or "<=" ? _source.Substring(_at, 2) : c.ToString();
            if (!"+-*/%~()[]{}<>=.,:|;!".Contains(op[0]) || op == "!") throw Error($"unexpected char '{c}'");
            Take(TokenKind.Operator, _at + op.Length);
            return op is "(" or "[" or "{" ? 1 : op is ")" or "]" or "}" ? -1 : 0;
        }
        return 0;
    }

    void ReadNumber()
    {
        int end = Digits(_at);
        bool afterDot = _at > 0 && _source[_at - 1] == '.';
        bool real = false;
        if (!afterDot && end + 1 < _source.Length && _source[end] == '.' && char.IsAsciiDigit(_source[end + 1])) (end, real) = (Digits(end + 1), true);
        if (!afterDot && end < _source.Length && _source[end] is 'e' or 'E')
        {
            int exponent = end + 1 < _source.Length && _source[end + 1] is '+' or '-' ? end + 2 : end + 1;
            if (exponent < _source.Length && char.IsAsciiDigit(_source[exponent])) (end, real) = (Digits(exponent), true);
        }
        Add(real ? TokenKind.Float : TokenKind.Integer, _source[_at..end].Replace("_", ""));
        Advance(end);
    }

    int Digits(int at)
    {
        while (at < _source.Length && (char.IsAsciiDigit(_source[at]) || _source[at] == '_' && at + 1 < _source.Length && char.IsAsciiDigit(_source[at + 1]))) at++;
        return at;
    }

    void ReadString(char quote)
    {
        StringBuilder text = new();
        int at = _at + 1;
        for (; at < _source.Length && _source[at] != quote; at++)
        {
            if (_source[at] != '\\' || at + 1 >= _source.Length) text.Append(_source[at]);
            else at = Escape(at + 1, text);
        }
        if (at >= _source.Length) throw Error($"unexpected char '{quote}': the string has no end");
        Add(TokenKind.String, text.ToString());
        Advance(at + 1);
    }

    /// <summary>Python's escapes; returns the index of the last character that belongs to it.</summary>
    int Escape(int at, StringBuilder text)
    {
        char c = _source[at];
        int digits = c switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0)
        {
            if (at + digits >= _source.Length || !int.TryParse(_source.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, null, out int code)
                || code is < 0 or > 0x10FFFF)
                throw Error($"'\\{c}' needs {digits} hexadecimal digits of a code point");
            if (digits == 8 && code > 0xFFFF) text.Append(char.ConvertFromUtf32(code));
            else text.Append((char)code);
            return at + digits;
        }
        if (c is >= '0' and <= '7')
        {
            int end = at, code = 0;
            for (; end < Math.Min(at + 3, _source.Length) && _source[end] is >= '0' and <= '7'; end++) code = code * 8 + _source[end] - '0';
            text.Append((char)code);
            return end - 1;
        }
        const string Names = "nrtabfv\\'\"", Values = "\n\r\t\a\b\f\v\\'\"";
        int known = Names.IndexOf(c);
        if (known >= 0) text.Append(Values[known]);
        else if (c != '\n') text.Append('\\').Append(c);
        return at;
    }

    int SkipSpace(int at)
    {
        while (at < _source.Length && char.IsWhiteSpace(_source[at])) at++;
        return at;
    }

    void Take(TokenKind kind, int end)
    {
        Add(kind, _source[_at..end]);
        Advance(end);
    }

    void Advance(int to)
    {
        _line += _source.AsSpan(_at, to - _at).Count('\n');
        _at = to;
    }

    void Add(TokenKind kind, string text) => _tokens.Add(new(kind, text, _line));

    TemplateException Error(string reason) => new(reason, _line);
}
