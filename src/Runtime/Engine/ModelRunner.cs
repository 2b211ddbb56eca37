using KernelDsl.Runtime.Model;

namespace KernelDsl.Runtime.Engine;

/// <summary>Turns a batch into the flat inputs of a step, in buffers that are allocated once.</summary>
public sealed class ModelRunner
{
    readonly IModel _model;
    readonly int[] _tokens;
    readonly int[] _starts;
    readonly int[] _lengths;
    readonly int[] _logitRows;
    readonly int[] _pageTable;

    public ModelRunner(IModel model)
    {
        var limits = model.Limits;
        var width = (limits.ContextLength + limits.PageSize - 1) / limits.PageSize;
        _model = model;
        _tokens = new int[limits.MaxTokens];
        _starts = new int[limits.MaxSequences + 1];
        _lengths = new int[limits.MaxSequences];
        _logitRows = new int[limits.MaxLogitRows];
        _pageTable = new int[limits.MaxSequences * width];
    }

    /// <summary>Computes the batch. Rows of logits come in the order of the slices, each with its scored positions before those that choose tokens.</summary>
    public StepOutputs Run(Batch batch)
    {
        var width = 0;
        for (var s = 0; s < batch.Count; s++)
            width = Math.Max(width, batch[s].Sequence.PageCount);

        int tokens = 0, rows = 0;
        for (var s = 0; s < batch.Count; s++)
        {
            var slice = batch[s];
            slice.Sequence.TokensAndDraft[slice.Start..slice.End].CopyTo(_tokens.AsSpan(tokens));
            slice.Sequence.Pages.CopyTo(_pageTable.AsSpan(s * width));
            _lengths[s] = slice.End;

            for (var position = slice.ScoreStart; position < slice.ScoreEnd; position++)
                _logitRows[rows++] = tokens + position - slice.Start;
            if (slice.Completes)
            {
                for (var last = slice.Known - 1; last < slice.Count; last++)
                    _logitRows[rows++] = tokens + last;
            }

            tokens += slice.Count;
            _starts[s + 1] = tokens;
        }

        return _model.Step(new StepInputs
        {
            Tokens = _tokens.AsSpan(0, tokens),
            Starts = _starts.AsSpan(0, batch.Count + 1),
            Lengths = _lengths.AsSpan(0, batch.Count),
            PageTable = _pageTable.AsSpan(0, batch.Count * width),
            PageTableWidth = width,
            LogitRows = _logitRows.AsSpan(0, rows),
        });
    }
}
