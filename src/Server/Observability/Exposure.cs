namespace Kdsl.Observability;

/// <summary>Kinds of the Prometheus text format.</summary>
enum ExposureKind
{
    /// <summary>Only grows; its name ends in <c>_total</c>.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Buckets, sum and count.</summary>
    Histogram,
}

/// <summary>A name under which Prometheus sees an instrument.</summary>
/// <param name="Name">Full name.</param>
/// <param name="Source">Name of the instrument.</param>
/// <param name="Label">What the instrument's reason is called here; null: there is none, and reasons are summed.</param>
/// <param name="Buckets">Upper bounds of a histogram.</param>
sealed record Exposure(ExposureKind Kind, string Name, string Source, string? Label = null, double[]? Buckets = null);

/// <summary>All names (SERVE 4): MindIE's have no prefix, and its dashboards are why they are kept.</summary>
static class Exposures
{
    // vLLM's bounds; MindIE's end at 60 s, too early for an answer that thinks for minutes, and are a subset of these up to there.
    static readonly double[] _first = [.001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560];
    static readonly double[] _gap = [.01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];
    static readonly double[] _whole = [.3, .5, .8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];
    static readonly double[] _tokens = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 128000];

    /// <summary>The names, by product.</summary>
    public static readonly IReadOnlyList<Exposure> All =
    [
        // MindIE: src/server/endpoint/http_wrapper/prometheus_metrics.cpp of Ascend/MindIE-LLM.
        Counter("request_received_total", Telemetry.Names.Received),
        Counter("request_success_total", Telemetry.Names.Finished),
        Counter("request_failed_total", Telemetry.Names.Failed),
        Counter("num_preemptions_total", Telemetry.Names.Preemptions),
        Counter("prompt_tokens_total", Telemetry.Names.PromptTokens),
        Counter("generation_tokens_total", Telemetry.Names.GeneratedTokens),
        Counter("all_radix_match_num_total", Telemetry.Names.PromptTokens),
        Counter("npu_radix_match_hit_num_total", Telemetry.Names.CachedTokens),
        Gauge("num_requests_running", Telemetry.Names.Running),
        Gauge("num_requests_waiting", Telemetry.Names.Waiting),
        Gauge("num_requests_swapped", Telemetry.Names.Swapped),
        Gauge("avg_prompt_throughput_toks_per_s", Telemetry.Names.PromptRate),
        Gauge("avg_generation_throughput_toks_per_s", Telemetry.Names.OutputRate),
        Gauge("failed_request_perc", Telemetry.Names.FailedShare),
        Gauge("npu_cache_usage_perc", Telemetry.Names.CacheUsage),
        Gauge("npu_prefix_cache_hit_rate", Telemetry.Names.HitRate),
        Histogram("time_to_first_token_seconds", Telemetry.Names.FirstToken, _first),
        Histogram("time_per_output_token_seconds", Telemetry.Names.TokenGap, _gap),
        Histogram("e2e_request_latency_seconds", Telemetry.Names.Whole, _whole),
        Histogram("request_prompt_tokens", Telemetry.Names.PromptLength, _tokens),
        Histogram("request_generation_tokens", Telemetry.Names.OutputLength, _tokens),

        // vLLM: vllm/v1/metrics/loggers.py.
        Gauge("vllm:num_requests_running", Telemetry.Names.Running),
        Gauge("vllm:num_requests_waiting", Telemetry.Names.Waiting),
        Gauge("vllm:kv_cache_usage_perc", Telemetry.Names.CacheUsage),
        Gauge("vllm:gpu_cache_usage_perc", Telemetry.Names.CacheUsage),
        Counter("vllm:prefix_cache_queries_total", Telemetry.Names.PromptTokens),
        Counter("vllm:prefix_cache_hits_total", Telemetry.Names.CachedTokens),
        Counter("vllm:num_preemptions_total", Telemetry.Names.Preemptions),
        Counter("vllm:prompt_tokens_total", Telemetry.Names.PromptTokens),
        Counter("vllm:generation_tokens_total", Telemetry.Names.GeneratedTokens),
        Counter("vllm:request_success_total", Telemetry.Names.Finished, "finished_reason"),
        Counter("vllm:admission_rejections_total", Telemetry.Names.Failed, "reason"),
        Counter("vllm:spec_decode_num_drafts_total", Telemetry.Names.DraftSteps),
        Counter("vllm:spec_decode_num_draft_tokens_total", Telemetry.Names.DraftedTokens),
        Counter("vllm:spec_decode_num_accepted_tokens_total", Telemetry.Names.AcceptedTokens),
        Histogram("vllm:time_to_first_token_seconds", Telemetry.Names.FirstToken, _first),
        Histogram("vllm:time_per_output_token_seconds", Telemetry.Names.TokenGap, _gap),
        Histogram("vllm:inter_token_latency_seconds", Telemetry.Names.TokenGap, _gap),
        Histogram("vllm:e2e_request_latency_seconds", Telemetry.Names.Whole, _whole),
        Histogram("vllm:request_queue_time_seconds", Telemetry.Names.Queued, _whole),
        Histogram("vllm:request_prefill_time_seconds", Telemetry.Names.Prefill, _whole),
        Histogram("vllm:request_decode_time_seconds", Telemetry.Names.Decode, _whole),
        Histogram("vllm:request_prompt_tokens", Telemetry.Names.PromptLength, _tokens),
        Histogram("vllm:request_generation_tokens", Telemetry.Names.OutputLength, _tokens),
        Histogram("vllm:request_params_max_tokens", Telemetry.Names.MaxTokens, _tokens),

        // llama.cpp: tools/server/server-task.cpp; its prompt_tokens are those computed, and known ones were called cache before they were called cached.
        Counter("llamacpp:prompt_tokens_total", Telemetry.Names.ComputedTokens),
        Counter("llamacpp:prompt_tokens_cache_total", Telemetry.Names.CachedTokens),
        Counter("llamacpp:prompt_tokens_cached_total", Telemetry.Names.CachedTokens),
        Counter("llamacpp:tokens_predicted_total", Telemetry.Names.GeneratedTokens),
        Counter("llamacpp:tokens_predicted_seconds_total", Telemetry.Names.StepSeconds),
        Counter("llamacpp:n_decode_total", Telemetry.Names.Steps),
        Counter("llamacpp:spec_decode_num_drafts_total", Telemetry.Names.DraftSteps),
        Counter("llamacpp:spec_decode_num_draft_tokens_total", Telemetry.Names.DraftedTokens),
        Counter("llamacpp:spec_decode_num_accepted_tokens_total", Telemetry.Names.AcceptedTokens),
        Gauge("llamacpp:prompt_tokens_seconds", Telemetry.Names.PromptRate),
        Gauge("llamacpp:predicted_tokens_seconds", Telemetry.Names.OutputRate),
        Gauge("llamacpp:requests_processing", Telemetry.Names.Running),
        Gauge("llamacpp:requests_deferred", Telemetry.Names.Waiting),
        Gauge("llamacpp:kv_cache_usage_ratio", Telemetry.Names.CacheUsage),

        // What none of them has.
        Histogram("kdsl_longest_gap_seconds", Telemetry.Names.LongestGap, _gap),
        Counter("kdsl_requests_finished_total", Telemetry.Names.Finished, Telemetry.Reason),
        Counter("kdsl_requests_failed_total", Telemetry.Names.Failed, Telemetry.Reason),
        Counter("kdsl_swaps_total", Telemetry.Names.Swaps),
        Counter("kdsl_step_seconds_total", Telemetry.Names.StepSeconds),
        Gauge("kdsl_kv_pages_free", Telemetry.Names.FreePages),
        Gauge("kdsl_kv_pages_cached", Telemetry.Names.CachedPages),
        Gauge("kdsl_step_elapsed_seconds", Telemetry.Names.StepElapsed),
        Gauge("kdsl_resident_memory_bytes", Telemetry.Names.ResidentBytes),
    ];

    static Exposure Counter(string name, string source, string? label = null) => new(ExposureKind.Counter, name, source, label);

    static Exposure Gauge(string name, string source) => new(ExposureKind.Gauge, name, source);

    static Exposure Histogram(string name, string source, double[] buckets) => new(ExposureKind.Histogram, name, source, Buckets: buckets);
}
