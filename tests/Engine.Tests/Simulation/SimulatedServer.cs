using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;

namespace EngineTests.Simulation;

/// <summary>What a step of some machine takes, in milliseconds.</summary>
/// <param name="decodes">Sequences that decode.</param>
/// <param name="promptTokens">Tokens of prompts.</param>
delegate double StepTime(int decodes, int promptTokens);

/// <summary>One request as its client saw it; milliseconds.</summary>
sealed record Served(double FirstToken, double[] Gaps, double Whole, int Tokens);

/// <summary>All of a run. Throughput in tokens a second, the time in seconds.</summary>
sealed record Run(double Elapsed, IReadOnlyList<Served> Requests, double DecodeBatch, double PrefillBatch)
{
    public double Throughput => Requests.Sum(r => r.Tokens) / Elapsed;

    public IEnumerable<double> Gaps => Requests.SelectMany(r => r.Gaps);
}

/// <summary>
/// The runtime's scheduler on a simulated clock: steps take what a model of the machine says, and a number of clients send one request after
/// another. Nothing is computed.
/// </summary>
sealed class SimulatedServer(ModelLimits limits, SchedulingOptions options, StepTime stepTime)
{
    readonly Batch _batch = new();

    /// <summary>Serves all requests (tokens of prompt, tokens of output), in order, with so many at a time.</summary>
    public Run Serve(IReadOnlyList<(int Input, int Output)> requests, int clients)
    {
        var pool = new PagePool(limits.PageCount, limits.PageSize);
        var scheduler = new Scheduler(pool, limits, options);
        var served = new List<Served>();
        var open = new Dictionary<Sequence, Timeline>();
        var (next, now) = (0, 0.0);
        double decodes = 0, decodeSteps = 0, prompts = 0, promptSteps = 0;
        while (next < requests.Count && next < clients)
            Send();
        while (open.Count > 0)
        {
            scheduler.Schedule(_batch, TimeSpan.FromMilliseconds(now));
            if (_batch.Count == 0)
            {
                now += 0.1;
                continue;
            }

            var shape = _batch.Shape;
            var prefills = Enumerable.Range(0, _batch.Count).Select(i => _batch[i]).Where(s => s.Count > 1 || s.Sequence.Length == s.Sequence.PromptLength).ToArray();
            var decoding = _batch.Count - prefills.Length;
            var milliseconds = stepTime(decoding, prefills.Sum(s => s.Count));
            now += milliseconds;
            (decodes, decodeSteps) = decoding > 0 ? (decodes + decoding, decodeSteps + 1) : (decodes, decodeSteps);
            (prompts, promptSteps) = prefills.Length > 0 ? (prompts + prefills.Length, promptSteps + 1) : (prompts, promptSteps);
            for (var i = 0; i < _batch.Count; i++)
                Advance(_batch[i]);
            scheduler.Times.Observe(shape.Decodes, shape.PromptTokens, milliseconds / 1000);
        }

        return new Run(now / 1000, served, decodes / decodeSteps, prompts / promptSteps);

        void Send()
        {
            var (input, output) = requests[next];
            var request = new GenerationRequest { Id = $"{next}", Prompt = new int[input], MaxTokens = output };
            var sequence = new Sequence(request, next++, limits.ContextLength, seed: 1);
            open.Add(sequence, new Timeline(now));
            scheduler.Enqueue(sequence);
        }

        void Advance(Slice slice)
        {
            var sequence = slice.Sequence;
            sequence.Advance(slice.Count);
            scheduler.Computed(sequence);
            if (!slice.Completes)
                return;
            open[sequence].Token(now);
            if (sequence.Append(1) is null)
                return;
            scheduler.Remove(sequence);
            open.Remove(sequence, out var timeline);
            served.Add(timeline!.End());
            if (next < requests.Count)
                Send();
        }
    }

    sealed class Timeline(double sent)
    {
        readonly List<double> _tokens = [];

        public void Token(double now) => _tokens.Add(now);

        public Served End() => new(_tokens[0] - sent, [.. _tokens.Skip(1).Zip(_tokens, (after, before) => after - before)], _tokens[^1] - sent, _tokens.Count);
    }
}
