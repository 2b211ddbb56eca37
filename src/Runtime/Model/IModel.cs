namespace KernelDsl.Runtime.Model;

/// <summary>A loaded model with its KV cache: what the engine drives, one step at a time, from one thread.</summary>
public interface IModel : IDisposable
{
    /// <summary>What a step and a sequence must fit into.</summary>
    ModelLimits Limits { get; }

    /// <summary>
    /// Computes the new tokens of a batch and writes their keys and values into the pages that the page table names. The bits of a sequence's
    /// logits do not depend on the batch, on chunking or on paging. Allocates nothing.
    /// </summary>
    /// <exception cref="ArgumentException">The batch breaks a limit or its own order: names the field, the value and what is allowed.</exception>
    StepOutputs Step(scoped in StepInputs inputs);

    /// <summary>Bytes of one page of the KV cache over all layers; 0: pages cannot be copied to the host.</summary>
    int PageBytes => 0;

    /// <summary>Copies a page to host memory of <see cref="PageBytes"/>.</summary>
    void SavePage(int page, Span<byte> destination) => throw new NotSupportedException("This model's pages cannot be copied.");

    /// <summary>Copies it back, into any page.</summary>
    void LoadPage(ReadOnlySpan<byte> source, int page) => throw new NotSupportedException("This model's pages cannot be copied.");
}

/// <summary>Sizes that are fixed when a model is loaded.</summary>
/// <param name="ContextLength">Most positions of one sequence.</param>
/// <param name="VocabularySize">Rows of the embedding, columns of the logits.</param>
/// <param name="SampledVocabularySize">Ids at or above this have no text (padding rows of the embedding) and must not be sampled.</param>
/// <param name="PageSize">Positions per page of the KV cache.</param>
/// <param name="PageCount">Pages in the pool; page numbers are 0 to PageCount - 1.</param>
/// <param name="MaxTokens">Most new tokens of one step.</param>
/// <param name="MaxSequences">Most sequences of one step.</param>
/// <param name="MaxLogitRows">Most rows of one step whose logits may be asked for; at least <paramref name="MaxSequences"/>.</param>
public sealed record ModelLimits(
    int ContextLength, int VocabularySize, int SampledVocabularySize, int PageSize, int PageCount, int MaxTokens, int MaxSequences, int MaxLogitRows);
