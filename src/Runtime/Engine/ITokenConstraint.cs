namespace KernelDsl.Runtime.Engine;

/// <summary>What the output of a request must look like. Thread-safe: one may serve many requests.</summary>
public interface ITokenConstraint
{
    /// <summary>The place of a sequence before its first token.</summary>
    IConstraintState Start();
}

/// <summary>Where one sequence is in its constraint; one thread.</summary>
public interface IConstraintState
{
    /// <summary>
    /// Tokens that may come next: bit id % 64 of word id / 64. Empty: any may. Says nothing of stop tokens, which <see cref="MayEnd"/> rules.
    /// Valid until the next call.
    /// </summary>
    /// <exception cref="GenerationException">The tokens cannot be found within the limits.</exception>
    ReadOnlySpan<ulong> Allowed { get; }

    /// <summary>The output may end here: stop tokens are allowed exactly where this is true.</summary>
    bool MayEnd { get; }

    /// <summary>Takes the token that was chosen; never a stop token.</summary>
    void Accept(int id);
}
