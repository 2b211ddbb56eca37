using System.Globalization;
using System.Text;
using KernelDsl.Runtime.Grammar.Characters;

namespace KernelDsl.Runtime.Grammar.Regex;

/// <summary>
/// Reads the regular part of JavaScript's and Python's syntax: classes, groups, alternation, counts, escapes, \p{..}. A laziness mark after a count
/// changes no text and is skipped. What is not regular (look-around, back-references) and flags are refused by name.
/// </summary>
sealed class RegexParser
{
    readonly string _text;
    int _at;
    int _depth;

    RegexParser(string text) => _text = text;

    /// <summary>Reads a pattern.</summary>
    /// <param name="search">True: it may match anywhere in the text unless ^ or $ ties it, as in JSON Schema. False: it is the whole text.</param>
    /// <exception cref="GrammarException">It is malformed, or asks for what is not supported: says where.</exception>
    public static RegexNode Parse(string pattern, bool search)
    {
        if (pattern.Length > GrammarLimits.TextLength)
            throw GrammarException.Limit($"The pattern has {pattern.Length} characters", GrammarLimits.TextLength, "Shorten it.");
        return new RegexParser(pattern).ReadAll(search);
    }

    RegexNode ReadAll(bool search)
    {
        var options = new List<(bool Start, RegexNode Body, bool End)>();
        do
        {
            var start = Take('^');
            while (start && Take('^')) { }
            var body = ReadSequence();
            var end = Take('$');
            options.Add((start, body, end));
        }
        while (Take('|'));
        if (_at < _text.Length)
            throw Wrong(_text[_at] == ')' ? "has no '(' before it" : "stands for a line's start or end, which is supported at the ends of the pattern only");

        // ^a|b$ ties only a's start and b's end; what is meant, and is a part of that, is ^(a|b)$.
        var whole = !search || (options[0].Start && options[^1].End);
        return RegexNode.Any([.. options.Select(o => RegexNode.Of(
            whole || o.Start ? RegexNode.Empty : RegexNode.Anything, o.Body, whole || o.End ? RegexNode.Empty : RegexNode.Anything))]);
    }

    RegexNode ReadChoice()
    {
        var options = new List<RegexNode>();
        do
            options.Add(ReadSequence());
        while (Take('|'));
        return options.Count == 1 ? options[0] : new RegexChoice(options);
    }

    RegexNode ReadSequence()
    {
        var parts = new List<RegexNode>();
        while (_at < _text.Length && _text[_at] is not ('|' or ')' or '$' or '^'))
            parts.Add(ReadCounts(ReadAtom()));
        return parts.Count == 1 ? parts[0] : new RegexSequence(parts);
    }

    RegexNode ReadCounts(RegexNode atom)
    {
        while (_at < _text.Length)
        {
            if (Take('*'))
                atom = new RegexRepeat(atom, 0, null);
            else if (Take('+'))
                atom = new RegexRepeat(atom, 1, null);
            else if (Take('?'))
                atom = new RegexRepeat(atom, 0, 1);
            else if (TryReadBraces(out var least, out var most))
                atom = new RegexRepeat(atom, least, most);
            else
                break;
            if (_at < _text.Length && _text[_at] == '+')
                throw Wrong("makes a count possessive, which is not supported");
            Take('?');
            if (_at < _text.Length && _text[_at] is '*' or '?')
                throw Wrong("follows a count");
        }

        return atom;
    }

    /// <summary>{n}, {n,} or {n,m}; other braces are text.</summary>
    bool TryReadBraces(out int least, out int? most)
    {
        (least, most) = (0, null);
        var start = _at;
        if (!Take('{'))
            return false;
        var first = ReadDigits();
        if (first is null && !(_at < _text.Length && _text[_at] == ',' && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1])))
        {
            _at = start;
            return false;
        }

        var second = Take(',') ? ReadDigits() : first;
        if (!Take('}'))
        {
            _at = start;
            return false;
        }

        least = first ?? 0;
        most = second;
        if (most < least)
            throw new GrammarException($"In the pattern, {_text[start.._at]} counts from {least} to {most}; the second number must not be less.");
        return true;
    }

    int? ReadDigits()
    {
        var start = _at;
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
            _at++;
        if (start == _at)
            return null;
        return int.TryParse(_text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= GrammarLimits.Repetitions ? count
            : throw GrammarException.Limit($"The pattern counts to {_text[start.._at]}", GrammarLimits.Repetitions, "Use a smaller count, or none.");
    }

    RegexNode ReadAtom()
    {
        var c = _text[_at];
        switch (c)
        {
            case '(':
                return ReadGroup();
            case '[':
                return new RegexClass(RegexClassReader.Read(_text, ref _at));
            case '.':
                _at++;
                return new RegexClass(RegexClasses.Dot);
            case '\\':
                return new RegexClass(RegexClassReader.ReadEscape(_text, ref _at, inClass: false));
            case '*' or '+' or '?':
                throw Wrong("has nothing before it to count");
            default:
                Rune.DecodeFromUtf16(_text.AsSpan(_at), out var rune, out var length);
                _at += length;
                return new RegexClass(CharSet.Of(rune.Value));
        }
    }

    RegexNode ReadGroup()
    {
        var start = _at++;
        if (++_depth > GrammarLimits.Depth)
            throw GrammarException.Limit("The pattern has too many groups within each other", GrammarLimits.Depth, "Simplify it.");
        if (Take('?') && !Take(':'))
        {
            var rest = _text.AsSpan(_at);
            if (rest.StartsWith("=") || rest.StartsWith("!"))
                throw new GrammarException($"The pattern has a lookahead, (?{rest[0]}, at {start}; it is not supported.");
            if (rest.StartsWith("<=") || rest.StartsWith("<!"))
                throw new GrammarException($"The pattern has a lookbehind, (?{rest[..2]}, at {start}; it is not supported.");
            var name = rest.StartsWith("P<") ? 2 : rest.StartsWith("<") ? 1 : 0;
            var end = rest.IndexOf('>');
            if (name == 0 || end < 0)
                throw new GrammarException($"The pattern has the group (?{(rest.IsEmpty ? "" : rest[..1])} at {start}; supported are (...), (?:...) and (?<name>...), no flags.");
            _at += end + 1;
        }

        var body = ReadChoice();
        if (_at < _text.Length && _text[_at] is '^' or '$')
            throw Wrong("stands for a line's start or end, which is supported at the ends of the pattern only");
        if (!Take(')'))
            throw new GrammarException($"The pattern has a '(' at {start} that is not closed.");
        _depth--;
        return body;
    }

    bool Take(char c)
    {
        if (_at == _text.Length || _text[_at] != c)
            return false;
        _at++;
        return true;
    }

    GrammarException Wrong(string what) => new($"In the pattern, '{_text[_at]}' at {_at} {what}.");
}
