using System.Diagnostics.CodeAnalysis;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Runtime.Engine;

/// <summary>Computes steps and hands their tokens out. What the model cannot compute fails alone.</summary>
/// <param name="generations">Of the sequences in the batches.</param>
/// <param name="end">Ends one; before its last token is written, so that a reader of that token sees its pages freed.</param>
/// <param name="clock">The engine's time.</param>
sealed class StepExecutor(
    IModel model, Scheduler scheduler, IReadOnlyDictionary<Sequence, Generation> generations, Action<Generation> end, Func<TimeSpan> clock)
{
    readonly ModelRunner _runner = new(model);
    readonly Sampler _sampler = new(model.Limits.SampledVocabularySize);
    readonly int _vocabulary = model.Limits.VocabularySize;
    readonly Batch _solo = new();

    /// <summary>Computes and samples a batch; false: the model failed on it as a whole, and those slices that it can compute alone have been.</summary>
    /// <param name="generated">Tokens that the batch as a whole gave.</param>
    /// <param name="took">Its time.</param>
    public bool Run(Batch batch, TimeSpan began, out int generated, out TimeSpan took)
    {
        var computed = TryCompute(batch, began, out generated, out var error);
        took = clock() - began;
        if (!computed)
            ComputeAlone(batch, began, error!);
        return computed;
    }

    /// <summary>After a failed step: each slice alone and without guesses, so that only the sequences that cannot be computed fail.</summary>
    void ComputeAlone(Batch batch, TimeSpan began, Exception error)
    {
        if (batch.Count == 1 && batch[0].Drafted == 0)
        {
            Fail(batch[0], error);
            return;
        }

        for (var i = 0; i < batch.Count; i++)
        {
            var slice = batch[i].WithoutDraft();
            _solo.Clear();
            _solo.Add(slice);
            if (!TryCompute(_solo, began, out _, out var itsOwn))
                Fail(slice, itsOwn);
        }
    }

    /// <summary>The error is the model's, and nothing has happened then.</summary>
    bool TryCompute(Batch batch, TimeSpan began, out int generated, [NotNullWhen(false)] out Exception? error)
    {
        generated = 0;
        StepOutputs outputs;
        try
        {
            outputs = _runner.Run(batch);
        }
        catch (Exception thrown)
        {
            error = thrown;
            return false;
        }

        error = null;
        var elapsed = clock() - began;
        var rest = outputs.Logits;
        for (var i = 0; i < batch.Count; i++)
        {
            var slice = batch[i];
            var length = slice.LogitRows * _vocabulary;
            generated += Deliver(slice, rest[..length], new StepInfo(batch.Count, began - generations[slice.Sequence].ReadySince, elapsed));
            rest = rest[length..];
        }

        return true;
    }

    /// <summary>Takes a slice's logits; says how many tokens came of them.</summary>
    int Deliver(Slice slice, Span<float> logits, StepInfo step)
    {
        var sequence = slice.Sequence;
        var generation = generations[sequence];
        var generated = 0;
        try
        {
            var top = sequence.Request.TopLogProbs;
            for (var position = slice.ScoreStart; position < slice.ScoreEnd; position++)
            {
                generation.Score(position + 1, _sampler.Score(logits, sequence.Tokens[position + 1], top ?? 0));
                logits = logits[_vocabulary..];
            }

            sequence.Advance(slice.Known);
            scheduler.Computed(sequence);
            if (!slice.Completes)
                return 0;

            generation.PublishScores();
            // One token, and one more after each guess that it agrees with: the next row is what would be computed for it anyway.
            FinishReason? finish = null;
            while (sequence.Pending == 0 && finish is null)
            {
                var (id, scores) = _sampler.Sample(logits[(generated * _vocabulary)..], sequence.Sampling, top);
                finish = sequence.Append(id);
                generated++;
                if (finish is not null)
                    end(generation);
                generation.Write(new GeneratedToken(id, scores, finish, step));
            }

            generation.ReadySince = clock();
        }
        catch (GenerationException error)
        {
            end(generation);
            generation.Fail(error);
        }

        return generated;
    }

    void Fail(Slice slice, Exception error)
    {
        var generation = generations[slice.Sequence];
        end(generation);
        generation.Fail(new GenerationException(GenerationError.StepFailed,
            $"The model failed on positions {slice.Start} to {slice.End - 1} of request {slice.Sequence.Request.Id}: {error.Message}", error));
    }
}
