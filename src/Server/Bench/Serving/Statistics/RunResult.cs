using Kdsl.Bench.Serving.Judging;

namespace Kdsl.Bench.Serving.Statistics;

/// <summary>A run in numbers.</summary>
/// <param name="Requests">All that were sent and ended; those cut off by an interruption are not among them.</param>
/// <param name="Concurrency">Clients.</param>
/// <param name="ModelName">--ModelName.</param>
/// <param name="DataSource">Where the questions came from.</param>
/// <param name="Now">When it ended, local time.</param>
sealed record RunResult(IReadOnlyList<RequestResult> Requests, int Concurrency, string ModelName, string DataSource, DateTime Now)
{
    /// <summary>Requests a second of an open loop; null: closed.</summary>
    public double? Rate { get; init; }

    /// <summary>Answers were judged.</summary>
    public bool Judged { get; init; }

    /// <summary>The requests that were answered: only these are measured.</summary>
    public IReadOnlyList<RequestResult> Returned { get; } = [.. Requests.Where(static r => r.Failure is null)];

    /// <summary>Requests that were not.</summary>
    public int Failed => Requests.Count - Returned.Count;

    /// <summary>Seconds from the first request's start to the last one's end.</summary>
    public double Elapsed { get; } = Requests.Count == 0 ? 0 : Requests.Max(static r => r.EndedAt) - Requests.Min(static r => r.SentAt);

    /// <summary>How often each reason of failure occurred, most frequent first.</summary>
    public IReadOnlyList<(string Reason, int Count)> Failures =>
        [.. Requests.Where(static r => r.Failure is not null).CountBy(static r => r.Failure!).OrderByDescending(static f => f.Value).Select(static f => (f.Key, f.Value))];

    /// <summary>Counts of judged answers.</summary>
    public Accuracy Accuracy => Accuracy.Of([.. Returned.Where(static r => r.Judgement is not null).Select(static r => r.Judgement!.Value)], Failed);
}
