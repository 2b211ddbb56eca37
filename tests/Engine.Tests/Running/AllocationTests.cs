using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;
using KernelDsl.Testing;

namespace EngineTests.Running;

public class AllocationTests
{
    static readonly ModelLimits Small = HashModel.SmallLimits;

    /// <summary>Does nothing, so that only the engine's own parts are measured.</summary>
    sealed class NullModel : IModel
    {
        readonly float[] _logits = new float[Small.MaxLogitRows * Small.VocabularySize];
        readonly int[] _argMax = new int[Small.MaxLogitRows];

        public ModelLimits Limits => Small;

        public StepOutputs Step(scoped in StepInputs inputs) => new() { Logits = _logits, ArgMax = _argMax };

        public void Dispose() { }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Step_DecodingASteadyBatch_AllocatesNothing(bool guesses)
    {
        var pool = new PagePool(Small.PageCount, Small.PageSize);
        var scheduler = new Scheduler(pool, Small);
        using var model = new NullModel();
        var runner = new ModelRunner(model);
        var sampler = new Sampler(Small.SampledVocabularySize);
        var speculator = new Speculator(pool, Small, scheduler.Times, maxDraft: 4);
        var batch = new Batch();
        SamplingOptions[] options = guesses ? [.. Enumerable.Repeat(Requests.Greedy, 4)] : [Requests.Greedy, new() { TopK = 20, TopP = 0.8f }, new() { TopP = 0.9f, RepetitionPenalty = 1.1f }, new() { MinP = 0.1f }];
        for (var i = 0; i < 8; i++)
            scheduler.Enqueue(new Sequence(Requests.Of([1, 2, 3], maxTokens: null, options[i % 4]), i, Small.ContextLength, seed: 1));

        // Token and page lists and the index of runs grow by doubling; between lengths 150 and 240 they do not.
        StepTo(150);
        var before = GC.GetAllocatedBytesForCurrentThread();
        StepTo(240);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(guesses, speculator.Counters.Accepted > 0);

        void StepTo(int length)
        {
            while (scheduler.Running.Count == 0 || scheduler.Running[0].Length < length)
            {
                scheduler.Schedule(batch);
                var (decodes, prompts) = batch.Shape;
                if (guesses)
                    speculator.Draft(batch);
                var logits = runner.Run(batch).Logits;
                var generated = 0;
                for (var i = 0; i < batch.Count; i++)
                {
                    var sequence = batch[i].Sequence;
                    sequence.Advance(batch[i].Known);
                    for (; sequence.Pending == 0; generated++)
                        sequence.Append(sampler.Sample(logits[(i * Small.VocabularySize)..], sequence.Sampling, top: null).Id);
                }

                if (batch.Tokens == decodes + prompts)
                    scheduler.Times.Observe(decodes, prompts, seconds: 1);
                speculator.Learn(batch, seconds: 1, generated);
            }
        }
    }
}
