namespace KernelDsl.Runtime.Engine;

/// <summary>What came of guessed tokens since the engine started.</summary>
/// <param name="Steps">Steps that computed guesses.</param>
/// <param name="Drafted">Guesses that were computed.</param>
/// <param name="Accepted">Tokens that these steps gave beyond one per sequence.</param>
public readonly record struct SpeculationCounters(long Steps, long Drafted, long Accepted);
