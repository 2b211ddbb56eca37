namespace KernelDsl.Runtime.Engine;

/// <summary>Why the engine, not the request, ended a generation.</summary>
public enum GenerationError
{
    /// <summary>The model produced NaN or no finite logit for this sequence.</summary>
    LogitsNotFinite,

    /// <summary>The model threw while computing a step; the inner exception says what.</summary>
    StepFailed,

    /// <summary>The request's constraint allows no token here, or cannot say which within its limits.</summary>
    ConstraintFailed,

    /// <summary>The engine is draining or was disposed.</summary>
    EngineStopped,

    /// <summary>Too many requests wait; thrown by Submit.</summary>
    Overloaded,

    /// <summary>The request's time was up.</summary>
    TimedOut,
}

/// <summary>Completes the token channel of a request that the engine could not finish; thrown by Submit when the engine is stopping.</summary>
public sealed class GenerationException(GenerationError error, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What went wrong.</summary>
    public GenerationError Error { get; } = error;

    /// <summary>When to come again, where that is known: set when <see cref="Error"/> is Overloaded.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
