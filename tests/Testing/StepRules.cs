using KernelDsl.Runtime.Model;

namespace KernelDsl.Testing;

/// <summary>What <see cref="StepInputs"/> promises, checked: a model in tests refuses a step that a real one need not look at.</summary>
static class StepRules
{
    /// <exception cref="ArgumentException">Names the promise that was broken.</exception>
    public static void Check(in StepInputs inputs, ModelLimits limits)
    {
        var sequences = inputs.Lengths.Length;
        Require(sequences >= 1 && sequences <= limits.MaxSequences, $"{sequences} sequences");
        Require(inputs.Tokens.Length <= limits.MaxTokens, $"{inputs.Tokens.Length} tokens");
        Require(inputs.LogitRows.Length <= limits.MaxLogitRows, $"{inputs.LogitRows.Length} rows of logits");
        Require(inputs.Starts.Length == sequences + 1 && inputs.Starts[0] == 0 && inputs.Starts[^1] == inputs.Tokens.Length, "starts do not span the tokens");
        Require(inputs.PageTable.Length == sequences * inputs.PageTableWidth, "the page table has another shape");

        var writers = new HashSet<int>();
        var decoding = false;
        for (var s = 0; s < sequences; s++)
        {
            int count = inputs.Starts[s + 1] - inputs.Starts[s], length = inputs.Lengths[s];
            Require(count >= 1 && length >= count && length <= limits.ContextLength, $"sequence {s} has {count} new tokens of {length}");
            Require(count == 1 || !decoding, $"sequence {s} is prefill after decode");
            decoding = count == 1;

            for (var page = (length - count) / limits.PageSize; page <= (length - 1) / limits.PageSize; page++)
                Require(writers.Add(inputs.PageTable[s * inputs.PageTableWidth + page]), $"sequence {s} writes a page that another one writes");
        }

        for (var r = 0; r < inputs.LogitRows.Length; r++)
            Require(inputs.LogitRows[r] < inputs.Tokens.Length && (r == 0 || inputs.LogitRows[r] > inputs.LogitRows[r - 1]), $"row {r} of logits is out of order");
    }

    static void Require(bool holds, string broken)
    {
        if (!holds)
            throw new ArgumentException($"The step breaks its contract: {broken}.");
    }
}
