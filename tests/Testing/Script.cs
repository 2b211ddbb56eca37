namespace KernelDsl.Testing;

/// <summary>What a <see cref="ScriptedEngine"/> answers to one request.</summary>
/// <param name="Tokens">
/// Ids in order; cut by the request's stop tokens and MaxTokens as the real engine does. Under a constraint they are what a model would rather say:
/// where the next one is not allowed another comes before it.
/// </param>
public sealed record Script(params IReadOnlyList<int> Tokens)
{
    /// <summary>Thrown to the reader after the last token, instead of a finish reason.</summary>
    public Exception? Failure { get; init; }

    /// <summary>Tokens of the prompt that are said to have been known.</summary>
    public int CachedTokens { get; init; }

    /// <summary>After the last token go on forever with nothing, until cancelled.</summary>
    public bool Hangs { get; init; }
}
