using System.Diagnostics.Metrics;
using KernelDsl.Runtime.Engine;
using Kdsl.Serving;

namespace Kdsl.Observability;

/// <summary>
/// What a server measures, as instruments of one meter: OpenTelemetry exports them, and <see cref="PrometheusExposition"/> shows them under the names that
/// dashboards of MindIE, vLLM and llama.cpp look for. Sums and states are the engine's own, read when somebody asks.
/// </summary>
sealed class Telemetry : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "kdsl";

    /// <summary>Label of <see cref="_finished"/> and <see cref="_failed"/>.</summary>
    public const string Reason = "reason";

    // MindIE's DYNAMIC_AVERAGE_WINDOW_SIZE.
    const int Window = 1000;

    readonly Counter<long> _received, _finished, _failed;
    readonly Histogram<double> _firstToken, _tokenGap, _longestGap, _whole, _queued, _prefill, _decode;
    readonly Histogram<long> _promptTokens, _generatedTokens, _maxTokens;
    long _requests, _failures;

    /// <summary>Instruments over a model's engine.</summary>
    public Telemetry(ITextModel model)
    {
        Meter = new Meter(MeterName, Versions.Product);
        _received = Meter.CreateCounter<long>(Names.Received, null, "Sequences that were asked for.");
        _finished = Meter.CreateCounter<long>(Names.Finished, null, "Sequences that ended, by reason.");
        _failed = Meter.CreateCounter<long>(Names.Failed, null, "Sequences that failed or were refused, by reason.");
        _firstToken = Seconds(Names.FirstToken, "Time to the first token.");
        _tokenGap = Seconds(Names.TokenGap, "Time from one token to the next.");
        _longestGap = Seconds(Names.LongestGap, "Longest time between two tokens of a sequence.");
        _whole = Seconds(Names.Whole, "Time of a whole sequence.");
        _queued = Seconds(Names.Queued, "Time until a sequence was computed first.");
        _prefill = Seconds(Names.Prefill, "Time from there to the first token.");
        _decode = Seconds(Names.Decode, "Time from the first to the last token.");
        _promptTokens = Meter.CreateHistogram<long>(Names.PromptLength, null, "Tokens of prompts.");
        _generatedTokens = Meter.CreateHistogram<long>(Names.OutputLength, null, "Tokens of answers.");
        _maxTokens = Meter.CreateHistogram<long>(Names.MaxTokens, null, "Most tokens that were asked for.");

        var engine = model.Engine;
        void Sum(string name, string help, Func<EngineCounters, long> value) => Meter.CreateObservableCounter(name, () => value(engine.Counters), null, help);
        void State(string name, string help, Func<EngineStatus, double> value) => Meter.CreateObservableGauge(name, () => value(engine.Status), null, help);
        Sum(Names.PromptTokens, "Tokens of prompts.", c => c.PromptTokens);
        Sum(Names.ComputedTokens, "Tokens of prompts that were not known.", c => c.PromptTokens - c.CachedTokens);
        Sum(Names.CachedTokens, "Tokens of prompts that were known.", c => c.CachedTokens);
        Sum(Names.GeneratedTokens, "Tokens generated.", c => c.GeneratedTokens);
        Sum(Names.Preemptions, "Times that a sequence gave its pages up.", c => c.Preemptions);
        Sum(Names.Swaps, "Times that its pages were kept in host memory.", c => c.Swaps);
        Sum(Names.Steps, "Steps computed.", c => c.Steps);
        Sum(Names.DraftSteps, "Steps that computed guesses.", c => c.Speculation.Steps);
        Sum(Names.DraftedTokens, "Guesses that were computed.", c => c.Speculation.Drafted);
        Sum(Names.AcceptedTokens, "Guesses that were right.", c => c.Speculation.Accepted);
        Meter.CreateObservableCounter(Names.StepSeconds, () => engine.Counters.StepSeconds, null, "Time spent in steps.");
        State(Names.Running, "Sequences that run.", s => s.Running);
        State(Names.Waiting, "Sequences that wait.", s => s.Waiting);
        State(Names.Swapped, "Sequences that wait with their pages in host memory.", s => s.Swapped);
        State(Names.CacheUsage, "Share of the KV cache that is held, 0 to 1.", s => s.TotalPages == 0 ? 0 : 1 - ((double)s.FreePages / s.TotalPages));
        State(Names.FreePages, "Pages that nobody holds.", s => s.FreePages);
        Meter.CreateObservableGauge(Names.FailedShare, () => Received == 0 ? 0 : (double)Volatile.Read(ref _failures) / Received, null, "Share of sequences that failed, 0 to 1.");
        Meter.CreateObservableGauge(Names.PromptRate, () => engine.Counters is { StepSeconds: > 0 } c ? (c.PromptTokens - c.CachedTokens) / c.StepSeconds : 0, null, "Tokens of prompts computed per second of steps.");
        Meter.CreateObservableGauge(Names.OutputRate, () => engine.Counters is { StepSeconds: > 0 } c ? c.GeneratedTokens / c.StepSeconds : 0, null, "Tokens generated per second of steps.");
        Meter.CreateObservableGauge(Names.CachedPages, () => engine.Counters.CachedPages, null, "Pages that nobody holds and whose tokens are known.");
        Meter.CreateObservableGauge(Names.HitRate, () => engine.Counters is { PromptTokens: > 0 } c ? (double)c.CachedTokens / c.PromptTokens : 0, null, "Share of prompt tokens that were known, 0 to 1.");
        Meter.CreateObservableGauge(Names.StepElapsed, () => engine.Counters.StepElapsed?.TotalSeconds ?? 0, null, "Time that the step now computed has taken.");
        Meter.CreateObservableGauge(Names.ResidentBytes, () => Environment.WorkingSet, null, "Resident memory of the process.");
    }

    /// <summary>The meter; its instruments are this server's alone.</summary>
    public Meter Meter { get; }

    /// <summary>Time to the first token, in milliseconds, of the last sequences.</summary>
    public MovingAverage RecentFirstTokens { get; } = new(Window);

    /// <summary>Time between tokens, in milliseconds, of the last ones.</summary>
    public MovingAverage RecentGaps { get; } = new(Window);

    /// <summary>A sequence was asked for.</summary>
    public SequenceTelemetry Begin(GenerationRequest request)
    {
        _received.Add(1);
        Interlocked.Increment(ref _requests);
        _promptTokens.Record(request.Prompt.Length);
        if (request.MaxTokens is { } most)
            _maxTokens.Record(most);
        return new SequenceTelemetry(this);
    }

    /// <summary>A sequence was not taken.</summary>
    public void Refused(GenerationError reason) => Failed(Word(reason));

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();

    internal void FirstToken(TimeSpan since, StepInfo step)
    {
        _firstToken.Record(since.TotalSeconds);
        RecentFirstTokens.Add(since.TotalMilliseconds);
        _queued.Record(step.Waited.TotalSeconds);
        _prefill.Record(Math.Max(0, (since - step.Waited).TotalSeconds));
    }

    internal void Gap(TimeSpan gap)
    {
        _tokenGap.Record(gap.TotalSeconds);
        RecentGaps.Add(gap.TotalMilliseconds);
    }

    internal void Finished(FinishReason reason, TimeSpan whole, TimeSpan decode, TimeSpan longestGap, int tokens)
    {
        _finished.Add(1, new KeyValuePair<string, object?>(Reason, reason switch { FinishReason.Stop => "stop", FinishReason.Length => "length", _ => "abort" }));
        _generatedTokens.Record(tokens);
        if (tokens == 0)
            return;
        _whole.Record(whole.TotalSeconds);
        _decode.Record(decode.TotalSeconds);
        _longestGap.Record(longestGap.TotalSeconds);
    }

    internal void Failed(string reason)
    {
        Interlocked.Increment(ref _failures);
        _failed.Add(1, new KeyValuePair<string, object?>(Reason, reason));
    }

    long Received => Volatile.Read(ref _requests);

    internal static string Word(GenerationError error) => error switch
    {
        GenerationError.Overloaded => "overloaded",
        GenerationError.TimedOut => "timeout",
        GenerationError.EngineStopped => "stopping",
        GenerationError.LogitsNotFinite => "logits_not_finite",
        _ => "step_failed",
    };

    Histogram<double> Seconds(string name, string help) => Meter.CreateHistogram<double>(name, "s", help);

    /// <summary>Names of the instruments.</summary>
    public static class Names
    {
        public const string Received = "kdsl.requests.received", Finished = "kdsl.requests.finished", Failed = "kdsl.requests.failed",
            FirstToken = "kdsl.time_to_first_token", TokenGap = "kdsl.inter_token_latency", LongestGap = "kdsl.longest_gap", Whole = "kdsl.request_latency",
            Queued = "kdsl.queue_time", Prefill = "kdsl.prefill_time", Decode = "kdsl.decode_time",
            PromptLength = "kdsl.request_prompt_tokens", OutputLength = "kdsl.request_generation_tokens", MaxTokens = "kdsl.request_max_tokens",
            PromptTokens = "kdsl.prompt_tokens", ComputedTokens = "kdsl.computed_prompt_tokens", CachedTokens = "kdsl.cached_tokens", GeneratedTokens = "kdsl.generation_tokens",
            Preemptions = "kdsl.preemptions", Swaps = "kdsl.swaps", Steps = "kdsl.steps", StepSeconds = "kdsl.step_seconds",
            DraftSteps = "kdsl.draft_steps", DraftedTokens = "kdsl.drafted_tokens", AcceptedTokens = "kdsl.accepted_tokens",
            Running = "kdsl.requests.running", Waiting = "kdsl.requests.waiting", Swapped = "kdsl.requests.swapped",
            CacheUsage = "kdsl.kv_cache_usage", FreePages = "kdsl.kv_pages_free", CachedPages = "kdsl.kv_pages_cached", HitRate = "kdsl.prefix_cache_hit_rate",
            FailedShare = "kdsl.requests.failed_share", PromptRate = "kdsl.prompt_rate", OutputRate = "kdsl.generation_rate",
            StepElapsed = "kdsl.step_elapsed", ResidentBytes = "kdsl.resident_memory_bytes";
    }
}
