namespace KernelDsl.Runtime.Grammar;

/// <summary>What a grammar may cost. Passing one is an error of the request, found before the memory or the time is spent.</summary>
public static class GrammarLimits
{
    /// <summary>UTF-16 units of a regular expression or a GBNF text.</summary>
    public const int TextLength = 64 << 10;

    /// <summary>Parentheses or rules within each other, in the text that is read.</summary>
    public const int Depth = 100;

    /// <summary>Largest count of {m,n}, minLength, maxItems and their like.</summary>
    public const int Repetitions = 65_536;

    /// <summary>Rules of a grammar; schemas that are combined (allOf of anyOf) multiply.</summary>
    public const int Rules = 20_000;

    /// <summary>Nodes of the automaton.</summary>
    public const int Nodes = 200_000;

    /// <summary>States of the deterministic automaton of a regular expression.</summary>
    public const int RegexStates = 20_000;

    /// <summary>Entries of that automaton's table.</summary>
    public const int RegexTable = 2_000_000;

    /// <summary>New states that finding the tokens of one step may make.</summary>
    public const int StatesPerStep = 20_000;

    /// <summary>Places that one text can be at, for ambiguous grammars.</summary>
    public const int Ambiguity = 2_000;

    /// <summary>Bytes of states and token masks that one grammar keeps; beyond, they are made anew as needed.</summary>
    public const long CachedBytes = 16 << 20;
}
