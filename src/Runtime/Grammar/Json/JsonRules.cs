using KernelDsl.Runtime.Grammar.Characters;
using static KernelDsl.Runtime.Grammar.Expression;

namespace KernelDsl.Runtime.Grammar.Json;

/// <summary>The rules of JSON itself. Space between its marks is short and bounded, because models that may write space write it forever.</summary>
sealed class JsonRules
{
    const int Digits = 16;

    static readonly Expression s_digits = new Repeat(Chars(('0', '9')), 0, Digits - 1);
    static readonly Expression s_whole = new Choice([Spell("0"), Of(Chars(('1', '9')), s_digits)]);

    readonly RuleSet _rules;

    /// <summary>Adds the rules.</summary>
    public JsonRules(RuleSet rules)
    {
        _rules = rules;
        Space = rules.Add("space", new Choice([Empty, Spell(" "), Of(new Repeat(Spell("\n"), 1, 2), new Repeat(Chars((' ', ' '), ('\t', '\t')), 0, 20))]));
        Character = rules.Add("character", AnyCharacter());
        String = rules.Add("string", Of(Spell("\""), new Repeat(Character, 0, null), Spell("\"")));
        Integer = rules.Add("integer", Of(Spell("-").Optional(), s_whole));
        Number = rules.Add("number", Of(Integer,
            Of(Spell("."), Chars(('0', '9')), s_digits).Optional(),
            Of(Chars(('e', 'e'), ('E', 'E')), Chars(('+', '+'), ('-', '-')).Optional(), s_whole).Optional()));
        Boolean = rules.Add("boolean", new Choice([Spell("true"), Spell("false")]));
        var value = rules.Reserve("value");
        Object = rules.Add("object", Of(Spell("{"), Space, Separated(Of(String, Space, Spell(":"), Space, value), 0, null), Spell("}")));
        Array = rules.Add("array", Of(Spell("["), Space, Separated(value, 0, null), Spell("]")));
        rules.Define(value, new Choice([Object, Array, String, Number, Boolean, Spell("null")]));
        Value = value;
    }

    /// <summary>Nothing, one space, or one or two line ends and up to 20 spaces or tabs.</summary>
    public Expression Space { get; }

    /// <summary>One character inside a string, however it is spelt; escapes of half a surrogate pair are left out.</summary>
    public Expression Character { get; }

    public Expression String { get; }

    /// <summary>Up to 16 digits.</summary>
    public Expression Integer { get; }

    /// <summary>Up to 16 digits before and after the point.</summary>
    public Expression Number { get; }

    public Expression Boolean { get; }

    public Expression Object { get; }

    public Expression Array { get; }

    /// <summary>Any JSON.</summary>
    public Expression Value { get; }

    /// <summary>So many bodies with commas between them and space after each.</summary>
    public Expression Separated(Expression body, int least, int? most)
    {
        if (most == 0)
            return Empty;
        Expression item = _rules.Add("item", Of(body, Space)), further = _rules.Add("item", Of(Spell(","), Space, item));
        var all = Of(item, new Repeat(further, Math.Max(0, least - 1), most - 1));
        return least == 0 ? all.Optional() : all;
    }

    /// <summary>All bodies in order, with commas between them, in brackets.</summary>
    public Expression Enclose(char open, IEnumerable<Expression> bodies, char close)
    {
        var parts = new List<Expression> { Spell(open.ToString()), Space };
        foreach (var body in bodies)
        {
            if (parts.Count > 2)
                parts.AddRange([Spell(","), Space]);
            parts.AddRange([body, Space]);
        }

        parts.Add(Spell(close.ToString()));
        return new Sequence(parts);
    }

    /// <summary>A property.</summary>
    public Expression Field(string name, Expression value) => Field(Spell(JsonText.Quote(name)), value);

    /// <summary>A property of a name in its quotes.</summary>
    public Expression Field(Expression name, Expression value) => Of(name, Space, Spell(":"), Space, value);

    static Expression AnyCharacter()
    {
        var hex = Chars(('0', '9'), ('a', 'f'), ('A', 'F'));
        var d = Chars(('d', 'd'), ('D', 'D'));
        return new Choice(
        [
            new Class(CharSet.Of((0, 0x1F), ('"', '"'), ('\\', '\\')).Complement()),
            Of(Spell("\\"), Chars(('"', '"'), ('\\', '\\'), ('/', '/'), ('b', 'b'), ('f', 'f'), ('n', 'n'), ('r', 'r'), ('t', 't'))),
            Of(Spell("\\u"), Chars(('0', '9'), ('a', 'c'), ('e', 'f'), ('A', 'C'), ('E', 'F')), hex, hex, hex),
            Of(Spell("\\u"), d, Chars(('0', '7')), hex, hex),
            Of(Spell("\\u"), d, Chars(('8', '9'), ('a', 'b'), ('A', 'B')), hex, hex, Spell("\\u"), d, Chars(('c', 'f'), ('C', 'F')), hex, hex),
        ]);
    }

    static Class Chars(params (int, int)[] ranges) => new(CharSet.Of(ranges));
}
