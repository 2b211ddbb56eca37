namespace KernelDsl.Runtime.Model;

/// <summary>
/// The batch of one step, flat: the new tokens of every sequence, sequence after sequence. Sequences with more than one new token (prefill)
/// come first, those with exactly one (decode) after them; either part may be empty. Positions follow from it: the new tokens of sequence s are
/// its last ones, so row r of it has position r + Lengths[s] - Starts[s + 1].
/// </summary>
public readonly ref struct StepInputs
{
    /// <summary>Token ids of the new tokens: [T], at most <see cref="ModelLimits.MaxTokens"/>.</summary>
    public required ReadOnlySpan<int> Tokens { get; init; }

    /// <summary>Rows Starts[s]..Starts[s + 1] of <see cref="Tokens"/> belong to sequence s: [S + 1], from 0 to T.</summary>
    public required ReadOnlySpan<int> Starts { get; init; }

    /// <summary>Positions each sequence holds after this step, the new tokens included: [S], at most <see cref="ModelLimits.ContextLength"/>.</summary>
    public required ReadOnlySpan<int> Lengths { get; init; }

    /// <summary>Page numbers of each sequence: row-major [S, <see cref="PageTableWidth"/>]; entries past a sequence's last page are not read.</summary>
    public required ReadOnlySpan<int> PageTable { get; init; }

    /// <summary>Entries per sequence in <see cref="PageTable"/>.</summary>
    public required int PageTableWidth { get; init; }

    /// <summary>Rows of <see cref="Tokens"/> whose logits are wanted: [R], ascending, at most <see cref="ModelLimits.MaxLogitRows"/>; may be empty.</summary>
    public required ReadOnlySpan<int> LogitRows { get; init; }
}

/// <summary>What a step computed for the rows that were asked for; valid until the next step.</summary>
public readonly ref struct StepOutputs
{
    /// <summary>Logits: row-major [R, <see cref="ModelLimits.VocabularySize"/>]; the caller may overwrite them (penalties, bias, masks).</summary>
    public required Span<float> Logits { get; init; }

    /// <summary>The first index of each row's largest logit among ids below <see cref="ModelLimits.SampledVocabularySize"/>: [R].</summary>
    public required ReadOnlySpan<int> ArgMax { get; init; }
}
