using System.Diagnostics;
using Kdsl.Bench.Serving.Load;
using Kdsl.Bench.Serving.Statistics;

namespace Kdsl.Bench.Serving.Verdicts;

/// <summary>What can be seen of a server from its replies, finished and not.</summary>
sealed record RunView
{
    const double LeastSilenceMs = 1000, SilenceInGaps = 20;

    /// <summary>Clients.</summary>
    public required int Concurrency { get; init; }

    /// <summary>Most tokens that were asked for; null: exactly as many as were.</summary>
    public required int? MaxTokens { get; init; }

    /// <summary>Requests under way.</summary>
    public int Running { get; init; }

    /// <summary>Of them, those that have no token yet.</summary>
    public int Waiting { get; init; }

    /// <summary>Of them, those that have tokens, and none for long.</summary>
    public int Silent { get; init; }

    /// <summary>Mean size of the batches in which tokens were decoded, as the server says; null: it does not.</summary>
    public double? DecodeBatch { get; init; }

    /// <summary>Greatest batch of prompts, as the server says; null: it does not.</summary>
    public double? GreatestPrefillBatch { get; init; }

    /// <summary>Streams that received tokens, on average over the run; null: answers come in one piece.</summary>
    public double? Receiving { get; init; }

    /// <summary>Median of the gaps between tokens, in ms.</summary>
    public double MedianGap { get; init; }

    /// <summary>The longest of them, the present silence of a stream included, in ms.</summary>
    public double LongestGap { get; init; }

    /// <summary>Requests that were answered.</summary>
    public IReadOnlyList<RequestResult> Returned { get; init; } = [];

    /// <summary>Requests that failed, by reason.</summary>
    public IReadOnlyList<(string Reason, int Count)> Failures { get; init; } = [];

    /// <summary>A gap that is no pause of computing, in ms.</summary>
    public double SilenceMs => Math.Max(LeastSilenceMs, SilenceInGaps * MedianGap);

    /// <summary>Looks at a run now.</summary>
    /// <param name="run">What has ended.</param>
    /// <param name="running">What has not.</param>
    public static RunView Of(RunResult run, IReadOnlyCollection<RequestTrace> running, int? maxTokens, bool streams)
    {
        long now = Stopwatch.GetTimestamp();
        var open = running.Select(static trace => trace.Chunks.Where(static c => c.HasTokens || c.TokensSoFar > 0).ToArray()).ToArray();
        double Ms(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
        double[] gaps = [.. run.Returned.SelectMany(static r => r.Gaps), .. open.SelectMany(chunks => chunks.Skip(1).Select((c, i) => Ms(chunks[i].Arrived, c.Arrived)))];
        double[] silences = [.. open.Where(static chunks => chunks.Length > 0).Select(chunks => Ms(chunks[^1].Arrived, now))];
        double[] decode = [.. run.Returned.SelectMany(static r => r.DecodeBatches), .. open.SelectMany(static chunks => chunks.Skip(1)).SelectMany(static c => c.Server?.BatchSizes ?? [])];
        double[] prefill = [.. run.Returned.Where(static r => r.PrefillBatch is not null).Select(static r => r.PrefillBatch!.Value), .. open.SelectMany(static chunks => chunks.Take(1)).SelectMany(static c => c.Server?.BatchSizes.Take(1) ?? [])];
        double receiving = run.Returned.Sum(static r => (r.LastToken - r.FirstToken) ?? 0) + open.Where(static chunks => chunks.Length > 0).Sum(chunks => Ms(chunks[0].Arrived, chunks[^1].Arrived));
        double start = Math.Min(run.Requests.Select(static r => r.SentAt).DefaultIfEmpty(double.MaxValue).Min(), running.Select(static t => t.Due / (double)Stopwatch.Frequency).DefaultIfEmpty(double.MaxValue).Min());
        double end = running.Count > 0 ? now / (double)Stopwatch.Frequency : run.Requests.Select(static r => r.EndedAt).DefaultIfEmpty(start).Max();
        double median = Summary.Of(gaps).Median;
        var view = new RunView { Concurrency = run.Concurrency, MaxTokens = maxTokens, MedianGap = median };
        return view with
        {
            Running = running.Count,
            Waiting = open.Count(static chunks => chunks.Length == 0),
            Silent = silences.Count(silence => silence > view.SilenceMs),
            DecodeBatch = decode.Length > 0 ? decode.Average() : null,
            GreatestPrefillBatch = prefill.Length > 0 ? prefill.Max() : null,
            Receiving = streams && end > start ? receiving / 1000 / (end - start) : null,
            LongestGap = gaps.Concat(silences).DefaultIfEmpty(0).Max(),
            Returned = run.Returned,
            Failures = run.Failures,
        };
    }
}
