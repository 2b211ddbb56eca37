namespace KernelDsl.Tools.Peers.Runner;

/// <summary>What is timed, in terms that both engines share: token ids in, one token per sequence and step out.</summary>
interface IEngine : IDisposable
{
    /// <summary>What runs: version and instruction set.</summary>
    string Version { get; }

    /// <summary>Ids lie below it.</summary>
    int VocabularySize { get; }

    /// <summary>Makes the first sequences this long, each in memory of its own; of which tokens does not matter. Not timed.</summary>
    void Prepare(int sequences, int context);

    /// <summary>Computes a prompt from nothing, as the only sequence, and gives the logits after it; valid until the next call.</summary>
    ReadOnlySpan<float> Prefill(ReadOnlySpan<int> prompt);

    /// <summary>Computes one token of each of the first sequences.</summary>
    void Decode(ReadOnlySpan<int> tokens, int position);
}
