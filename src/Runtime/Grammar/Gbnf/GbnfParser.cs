using System.Globalization;
using System.Text;
using KernelDsl.Runtime.Grammar.Characters;

namespace KernelDsl.Runtime.Grammar.Gbnf;

/// <summary>
/// Reads GBNF, the grammar notation of llama.cpp: <c>name ::= "text" [a-z] other ( a | b )* c{1,3}</c>, comments from # on; the text is
/// the rule <c>root</c>. Rules over token ids (<c>&lt;[10]&gt;</c>) are refused: texts are made of bytes here.
/// </summary>
sealed class GbnfParser
{
    readonly string _text;
    readonly RuleSet _rules;
    readonly Dictionary<string, Reference> _named = [];
    readonly HashSet<string> _defined = [];
    int _at;
    int _depth;

    GbnfParser(string text, RuleSet rules) => (_text, _rules) = (text, rules);

    /// <summary>Adds the rules of a grammar.</summary>
    /// <exception cref="GrammarException">It is malformed, or asks for what is not supported: names the line.</exception>
    public static Expression Parse(string grammar, RuleSet rules)
    {
        if (grammar.Length > GrammarLimits.TextLength)
            throw GrammarException.Limit($"The grammar has {grammar.Length} characters", GrammarLimits.TextLength, "Shorten it.");
        var parser = new GbnfParser(grammar, rules);
        parser.ReadRules();
        if (parser._named.Keys.FirstOrDefault(name => !parser._defined.Contains(name)) is { } missing)
            throw new GrammarException($"The grammar refers to the rule '{missing}', which it does not define.");
        return parser._defined.Contains("root") ? parser._named["root"] : throw new GrammarException("The grammar has no rule 'root', which is the whole text.");
    }

    void ReadRules()
    {
        for (Skip(lines: true); _at < _text.Length; Skip(lines: true))
        {
            var name = ReadName();
            Skip(lines: false);
            if (!_text.AsSpan(_at).StartsWith("::="))
                throw Wrong("expected ::= after the name of a rule");
            _at += 3;
            Skip(lines: true);
            if (!_defined.Add(name))
                throw Wrong($"the rule '{name}' is defined twice");
            _rules.Define(Named(name), ReadChoice(nested: false));
            if (_at < _text.Length && _text[_at] is not ('\n' or '\r'))
                throw Wrong("expected the end of the rule");
        }
    }

    Expression ReadChoice(bool nested)
    {
        if (++_depth > GrammarLimits.Depth)
            throw GrammarException.Limit("The grammar has too many parentheses within each other", GrammarLimits.Depth, "Use more rules.");
        var options = new List<Expression> { ReadSequence(nested) };
        while (AtBar(nested))
        {
            Skip(lines: true);
            options.Add(ReadSequence(nested));
        }

        _depth--;
        return options.Count == 1 ? options[0] : new Choice(options);
    }

    /// <summary>A bar may begin the next line.</summary>
    bool AtBar(bool nested)
    {
        var at = _at;
        Skip(lines: true);
        if (_at < _text.Length && _text[_at] == '|')
        {
            _at++;
            return true;
        }

        _at = nested ? _at : at;
        return false;
    }

    Sequence ReadSequence(bool nested)
    {
        var parts = new List<Expression>();
        for (; _at < _text.Length; Skip(nested))
        {
            var c = _text[_at];
            if (c is '*' or '+' or '?' or '{')
            {
                if (parts.Count == 0)
                    throw Wrong($"'{c}' has nothing before it to count");
                parts[^1] = ReadCount(parts[^1]);
            }
            else if (c == '"')
                parts.Add(ReadLiteral());
            else if (c == '[')
                parts.Add(ReadClass());
            else if (c == '.')
            {
                _at++;
                parts.Add(new Class(CharSet.Any));
            }
            else if (c == '(')
            {
                _at++;
                Skip(lines: true);
                parts.Add(ReadChoice(nested: true));
                if (_at == _text.Length || _text[_at++] != ')')
                    throw Wrong("expected )");
            }
            else if (IsName(c))
                parts.Add(Named(ReadName()));
            else if (c is '<' or '!')
                throw Wrong("tokens (<...>) are not supported; spell their text");
            else
                break;
        }

        return new Sequence(parts);
    }

    Repeat ReadCount(Expression body)
    {
        switch (_text[_at++])
        {
            case '*': return new Repeat(body, 0, null);
            case '+': return new Repeat(body, 1, null);
            case '?': return new Repeat(body, 0, 1);
        }

        Skip(lines: true);
        var least = ReadInteger();
        Skip(lines: true);
        var most = least;
        if (_at < _text.Length && _text[_at] == ',')
        {
            _at++;
            Skip(lines: true);
            most = ReadInteger();
            Skip(lines: true);
        }
        else if (least is null)
        {
            throw Wrong("expected a number after {");
        }

        if (_at == _text.Length || _text[_at++] != '}')
            throw Wrong("expected }");
        if (most < least)
            throw Wrong($"the count goes from {least} to {most}");
        return new Repeat(body, least ?? 0, most);
    }

    int? ReadInteger()
    {
        var start = _at;
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
            _at++;
        if (_at == start)
            return null;
        return int.TryParse(_text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= GrammarLimits.Repetitions ? count
            : throw GrammarException.Limit($"The grammar counts to {_text[start.._at]}", GrammarLimits.Repetitions, "Use a smaller count, or none.");
    }

    Literal ReadLiteral()
    {
        _at++;
        var text = new StringBuilder();
        while (_at < _text.Length && _text[_at] is not ('"' or '\n'))
            text.Append(ReadCharacter().ToString());
        if (_at == _text.Length || _text[_at++] != '"')
            throw Wrong("a text is not closed by a quote");
        return new Literal(Encoding.UTF8.GetBytes(text.ToString()));
    }

    Class ReadClass()
    {
        var negated = ++_at < _text.Length && _text[_at] == '^';
        _at += negated ? 1 : 0;
        var ranges = new List<(int, int)>();
        while (_at < _text.Length && _text[_at] is not (']' or '\n'))
        {
            int low = ReadCharacter().Value, high = low;
            if (_at + 1 < _text.Length && _text[_at] == '-' && _text[_at + 1] != ']')
            {
                _at++;
                high = ReadCharacter().Value;
            }

            if (high < low)
                throw Wrong("a range goes from a higher to a lower character");
            ranges.Add((low, high));
        }

        if (_at == _text.Length || _text[_at++] != ']')
            throw Wrong("a class is not closed by ]");
        var set = CharSet.Of(ranges);
        return new Class(negated ? set.Complement() : set);
    }

    Rune ReadCharacter()
    {
        if (_text[_at] != '\\')
        {
            Rune.DecodeFromUtf16(_text.AsSpan(_at), out var rune, out var length);
            _at += length;
            return rune;
        }

        if (++_at == _text.Length)
            throw Wrong("the grammar ends with a backslash");
        var letter = _text[_at++];
        var digits = letter switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0)
        {
            if (_at + digits > _text.Length || !int.TryParse(_text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                || !Rune.IsValid(code))
            {
                throw Wrong($"\\{letter} needs {digits} hexadecimal digits of a character");
            }

            _at += digits;
            return new Rune(code);
        }

        return letter switch
        {
            't' => new Rune('\t'),
            'r' => new Rune('\r'),
            'n' => new Rune('\n'),
            '\\' or '"' or '[' or ']' or '-' or '^' => new Rune(letter),
            _ => throw Wrong($"the escape \\{letter} is not known"),
        };
    }

    Reference Named(string name) => _named.TryGetValue(name, out var rule) ? rule : _named[name] = _rules.Reserve(name);

    string ReadName()
    {
        var start = _at;
        while (_at < _text.Length && IsName(_text[_at]))
            _at++;
        return _at > start ? _text[start.._at] : throw Wrong("expected the name of a rule");
    }

    static bool IsName(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';

    void Skip(bool lines)
    {
        for (; _at < _text.Length; _at++)
        {
            if (_text[_at] == '#')
            {
                while (_at + 1 < _text.Length && _text[_at + 1] != '\n')
                    _at++;
            }
            else if (!(_text[_at] is ' ' or '\t' || (lines && _text[_at] is '\n' or '\r')))
                return;
        }
    }

    GrammarException Wrong(string what) => new($"The grammar, line {1 + _text.AsSpan(0, Math.Min(_at, _text.Length)).Count('\n')}: {what}.");
}
