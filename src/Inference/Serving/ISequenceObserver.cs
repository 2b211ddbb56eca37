using KernelDsl.Runtime.Engine;

namespace Kdsl.Serving;

/// <summary>Is told how a sequence goes, by its reader.</summary>
interface ISequenceObserver
{
    /// <summary>A token has come.</summary>
    void Token(in GeneratedToken token);

    /// <summary>It has ended; the first word counts.</summary>
    void Finished(FinishReason reason);

    /// <summary>It has failed; the first word counts.</summary>
    void Failed(GenerationError error);
}
