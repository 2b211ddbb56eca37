using KernelDsl.Runtime.Backend;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Runtime.Engine;

/// <summary>From a model's files to a running engine.</summary>
public static class EngineFactory
{
    /// <summary>Loads a model onto a back end, which stays the caller's and outlives the engine, and starts an engine over it.</summary>
    /// <param name="sampledVocabularySize">Ids at or above this have no text in the tokenizer and are never sampled; null: all have.</param>
    /// <param name="clock">Measures the steps; null: the system's.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="ModelException">A file is missing, malformed, or asks for what is not supported.</exception>
    public static Engine Open(ModelFiles files, IBackend backend, EngineOptions options, int? sampledVocabularySize, TimeProvider? clock = null) =>
        new(Qwen2Model.Load(files, backend, options.ForModel(sampledVocabularySize)), options.MaxDraft, clock, options.Scheduling);
}
