namespace KernelDsl.Runtime.Grammar;

/// <summary>A schema, regular expression or grammar that cannot be served: says what is wrong, or which limit it passes.</summary>
public sealed class GrammarException(string message) : Exception(message)
{
    /// <summary>A limit of <see cref="GrammarLimits"/> was passed.</summary>
    public static GrammarException Limit(string what, long most, string advice) => new($"{what}; at most {most} are allowed. {advice}");
}
