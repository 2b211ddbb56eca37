using KernelDsl.Runtime.Grammar.Characters;

namespace KernelDsl.Runtime.Grammar;

/// <summary>A set of texts, as one of the few forms that schemas, regular expressions and GBNF come down to.</summary>
abstract record Expression
{
    /// <summary>The empty text.</summary>
    public static readonly Expression Empty = new Sequence([]);

    /// <summary>No text at all.</summary>
    public static readonly Expression Never = new Choice([]);

    /// <summary>A text in UTF-8.</summary>
    public static Expression Spell(string text) => new Literal(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>One after the other.</summary>
    public static Expression Of(params IReadOnlyList<Expression> parts) => new Sequence(parts);

    /// <summary>This or nothing.</summary>
    public Expression Optional() => new Repeat(this, 0, 1);
}

/// <summary>These bytes.</summary>
sealed record Literal(byte[] Bytes) : Expression;

/// <summary>One character of the set, in UTF-8.</summary>
sealed record Class(CharSet Set) : Expression;

/// <summary>A text of a deterministic automaton over characters.</summary>
/// <param name="InJson">Spelt as the inside of a JSON string, each character in one way: itself where it may, else its short escape.</param>
sealed record Pattern(CharDfa Dfa, bool InJson) : Expression;

/// <summary>All, one after the other.</summary>
sealed record Sequence(IReadOnlyList<Expression> Parts) : Expression;

/// <summary>One of them.</summary>
sealed record Choice(IReadOnlyList<Expression> Options) : Expression;

/// <summary>Least to most times; null: without end.</summary>
sealed record Repeat(Expression Body, int Least, int? Most) : Expression;

/// <summary>A rule of the same grammar.</summary>
sealed record Reference(int Rule) : Expression;

/// <summary>Any bytes in which the mark does not occur.</summary>
sealed record Without(byte[] Mark) : Expression;
