using System.Runtime.CompilerServices;
using Kernels;

namespace KernelDsl.Runtime.Model;

/// <summary>The sizes of a step, found while its inputs are checked.</summary>
/// <param name="Tokens">New tokens.</param>
/// <param name="Sequences">Sequences.</param>
/// <param name="PrefillTokens">Tokens of the sequences with more than one.</param>
/// <param name="PrefillSequences">Sequences with more than one new token.</param>
/// <param name="Longest">Most new tokens of a sequence.</param>
/// <param name="Splits">Spans of keys of the longest decode sequence.</param>
/// <param name="LogitRows">Rows whose logits are wanted.</param>
readonly record struct StepShape(int Tokens, int Sequences, int PrefillTokens, int PrefillSequences, int Longest, int Splits, int LogitRows)
{
    /// <summary>Keys per split of decode.</summary>
    public const int Span = Attention.Span;

    /// <exception cref="ArgumentException">The batch breaks a limit or its own order: names the field, the value and what is allowed.</exception>
    public static StepShape Of(in StepInputs inputs, ModelLimits limits)
    {
        int tokens = inputs.Tokens.Length, sequences = inputs.Lengths.Length, rows = inputs.LogitRows.Length;
        Check(tokens >= 1 && tokens <= limits.MaxTokens, "Tokens", tokens, $"1 to {limits.MaxTokens} of them");
        Check(sequences >= 1 && sequences <= limits.MaxSequences, "Lengths", sequences, $"1 to {limits.MaxSequences} of them");
        Check(inputs.Starts.Length == sequences + 1, "Starts", inputs.Starts.Length, $"{sequences + 1} of them, one more than Lengths");
        Check(inputs.Starts[0] == 0, "Starts[0]", inputs.Starts[0], $"0");
        Check(inputs.Starts[^1] == tokens, "last of Starts", inputs.Starts[^1], $"{tokens}, the number of tokens");
        Check(rows <= limits.MaxLogitRows, "LogitRows", rows, $"at most {limits.MaxLogitRows} of them");
        int width = inputs.PageTableWidth, mostPages = PagesFor(limits.ContextLength, limits);
        Check(width >= 1 && width <= mostPages, "PageTableWidth", width, $"from 1 to {mostPages}");
        Check(inputs.PageTable.Length == (long)sequences * width, "PageTable", inputs.PageTable.Length, $"{sequences} times {width} entries");

        int worst = inputs.Tokens.IndexOfAnyExceptInRange(0, limits.VocabularySize - 1);
        if (worst >= 0) Check(false, $"Tokens[{worst}]", inputs.Tokens[worst], $"from 0 to {limits.VocabularySize - 1}");
        for (int i = 0, previous = -1; i < rows; previous = inputs.LogitRows[i++])
            Check(inputs.LogitRows[i] > previous && inputs.LogitRows[i] < tokens, "LogitRows", inputs.LogitRows[i], $"ascending and below {tokens}");

        int prefills = 0, longest = 0, longestDecode = 0;
        for (int s = 0; s < sequences; s++)
        {
            int added = inputs.Starts[s + 1] - inputs.Starts[s], length = inputs.Lengths[s];
            Check(added >= 1, "new tokens of a sequence", added, $"at least 1");
            Check(length >= added && length <= limits.ContextLength, "Lengths", length, $"from {added} (its new tokens) to {limits.ContextLength}");
            Check(added == 1 || prefills == s, "new tokens of a sequence after one with a single new token", added, $"1: prefill sequences come first");
            int pages = PagesFor(length, limits);
            Check(pages <= width, "pages of a sequence", pages, $"at most PageTableWidth = {width}");
            int bad = inputs.PageTable.Slice(s * width, pages).IndexOfAnyExceptInRange(0, limits.PageCount - 1);
            if (bad >= 0) Check(false, "PageTable", inputs.PageTable[s * width + bad], $"from 0 to {limits.PageCount - 1}");

            longest = Math.Max(longest, added);
            if (added > 1) prefills++;
            else longestDecode = Math.Max(longestDecode, length);
        }
        return new(tokens, sequences, inputs.Starts[prefills], prefills, longest, (longestDecode + Span - 1) / Span, rows);
    }

    private static int PagesFor(int positions, ModelLimits limits) => (positions + limits.PageSize - 1) / limits.PageSize;

    private static void Check(bool holds, string field, int value, [InterpolatedStringHandlerArgument(nameof(holds))] ref Allowed allowed)
    {
        if (!holds) throw new ArgumentException($"{field} is {value}; it must be {allowed.Text}");
    }

    /// <summary>Text that is made only when a check fails: a step allocates nothing.</summary>
    [InterpolatedStringHandler]
    private ref struct Allowed
    {
        public Allowed(int literal, int holes, bool holds, out bool isNeeded)
        {
            isNeeded = !holds;
            if (isNeeded) Text = "";
        }

        public string? Text { get; private set; }

        public void AppendLiteral(string text) => Text += text;

        public void AppendFormatted(int value) => Text += $"{value}";
    }
}
