namespace KernelDsl.Runtime.Grammar;

/// <summary>A context-free grammar: numbered rules, one of which is the whole text.</summary>
public sealed class RuleSet
{
    readonly List<Expression?> _bodies = [];
    readonly List<string> _names = [];

    internal RuleSet() { }

    /// <summary>The whole text.</summary>
    internal Expression Root { get; set; } = Expression.Never;

    /// <summary>How many rules there are.</summary>
    internal int Count => _bodies.Count;

    /// <summary>A new rule whose body comes later, so that it can refer to itself.</summary>
    internal Reference Reserve(string name)
    {
        if (_bodies.Count == GrammarLimits.Rules)
            throw GrammarException.Limit("The grammar needs too many rules", GrammarLimits.Rules, "Combine fewer alternatives.");
        _bodies.Add(null);
        _names.Add(name);
        return new Reference(_bodies.Count - 1);
    }

    /// <summary>Gives a reserved rule its body.</summary>
    internal void Define(Reference rule, Expression body) => _bodies[rule.Rule] = body;

    /// <summary>A rule with its body.</summary>
    internal Reference Add(string name, Expression body)
    {
        var rule = Reserve(name);
        Define(rule, body);
        return rule;
    }

    /// <summary>What errors call a rule.</summary>
    internal string Name(int rule) => _names[rule];

    /// <summary>The body of a rule.</summary>
    internal Expression Body(int rule) => _bodies[rule] ?? throw new InvalidOperationException($"Rule {_names[rule]} has no body.");
}
