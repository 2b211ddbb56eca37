namespace KernelDsl.Runtime.Engine;

/// <summary>The next tokens of one sequence in a step, and which of their logits are wanted.</summary>
public readonly record struct Slice
{
    /// <param name="count">Known tokens. When these are all, the guesses of the sequence follow.</param>
    public Slice(Sequence sequence, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, sequence.Pending);
        Sequence = sequence;
        Start = sequence.Computed;
        Known = count;
        Completes = count == sequence.Pending;
        Drafted = Completes ? sequence.Drafted : 0;
        ScoreEnd = Math.Min(Start + Known, sequence.ToScore);
        ScoreStart = Math.Min(Math.Max(Start, sequence.Scored), ScoreEnd);
    }

    /// <summary>The same known tokens; the guesses are void.</summary>
    public Slice WithoutDraft()
    {
        Sequence.Draft(0);
        return new Slice(Sequence, Known);
    }

    /// <summary>Whose tokens.</summary>
    public Sequence Sequence { get; }

    /// <summary>Position of the first token.</summary>
    public int Start { get; }

    /// <summary>How many tokens of prompt and output.</summary>
    public int Known { get; }

    /// <summary>How many guesses follow them.</summary>
    public int Drafted { get; }

    /// <summary>How many tokens.</summary>
    public int Count => Known + Drafted;

    /// <summary>Position after the last token.</summary>
    public int End => Start + Count;

    /// <summary>The last known token's logits choose the next token, and each guess's the one after it while the guesses are right.</summary>
    public bool Completes { get; }

    /// <summary>First position whose logits are reported as prompt log probabilities.</summary>
    public int ScoreStart { get; }

    /// <summary>Position after the last such.</summary>
    public int ScoreEnd { get; }

    /// <summary>Rows of logits wanted: the scored positions, then those of the last known token and of the guesses if it completes.</summary>
    public int LogitRows => ScoreEnd - ScoreStart + (Completes ? 1 + Drafted : 0);
}

/// <summary>What one step computes: slices of several tokens (prefill) first, then slices of one (decode). Reused from step to step.</summary>
public sealed class Batch
{
    readonly List<Slice> _prefill = [];
    readonly List<Slice> _decode = [];

    /// <summary>Slices.</summary>
    public int Count => _prefill.Count + _decode.Count;

    /// <summary>Tokens of all slices.</summary>
    public int Tokens { get; private set; }

    /// <summary>Rows of logits wanted by all slices.</summary>
    public int LogitRows { get; private set; }

    /// <summary>Tokens of sequences that decode, and of prompts, before guesses.</summary>
    public (int Decodes, int PromptTokens) Shape
    {
        get
        {
            var decodes = 0;
            for (var i = 0; i < Count; i++)
                decodes += this[i] is { Known: 1, Completes: true } ? 1 : 0;
            return (decodes, Tokens - decodes);
        }
    }

    /// <summary>Slices in the order of the step.</summary>
    public Slice this[int index] => index < _prefill.Count ? _prefill[index] : _decode[index - _prefill.Count];

    /// <summary>Adds the next tokens of a sequence, which is not in the batch yet.</summary>
    public void Add(Slice slice)
    {
        (slice.Count == 1 ? _decode : _prefill).Add(slice);
        Tokens += slice.Count;
        LogitRows += slice.LogitRows;
    }

    /// <summary>Empties the batch for the next step.</summary>
    public void Clear()
    {
        _prefill.Clear();
        _decode.Clear();
        Tokens = LogitRows = 0;
    }
}
