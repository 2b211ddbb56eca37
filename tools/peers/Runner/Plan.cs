namespace KernelDsl.Tools.Peers.Runner;

/// <summary>What is measured in one process.</summary>
/// <param name="Threads">Threads that compute.</param>
/// <param name="Prefills">Lengths of prompts.</param>
/// <param name="Contexts">Contexts that a single sequence decodes at.</param>
/// <param name="Tokens">Steps per context.</param>
/// <param name="Batches">Sequences that decode together.</param>
/// <param name="BatchContext">The context of each of them.</param>
/// <param name="Longs">Lengths of prompts that are computed once, and decoded behind.</param>
sealed record Plan(int Threads, int[] Prefills, int[] Contexts, int Tokens, int[] Batches, int BatchContext, int[] Longs)
{
    /// <summary>Sequences that the engine must hold.</summary>
    public int Sequences => Batches.Append(1).Max();

    /// <summary>Positions of the longest sequence.</summary>
    public int Positions => Prefills.Append(Measurements.StartPrompt).Append(Contexts.Concat(Longs).Append(BatchContext).Max() + Tokens).Max();
}
