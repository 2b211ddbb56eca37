using System.Collections.Concurrent;
using System.Diagnostics;
using Kdsl.Bench.Serving.Load;
using Kdsl.Bench.Serving.Output;
using Kdsl.Bench.Serving.Statistics;
using Kdsl.Bench.Serving.Verdicts;

namespace Kdsl.Bench.Serving;

/// <summary>Follows a run: keeps what ended and what is under way, and says early what looks wrong.</summary>
sealed class RunWatch(ServingOptions options, string source, double? rate, TraceReader reader, bool streams, ProgressBar progress)
{
    /// <summary>When the early verdict comes, or when this many times --Concurrency requests have ended, if that is before.</summary>
    static readonly TimeSpan _early = TimeSpan.FromSeconds(30);
    const int EarlyRounds = 3;

    readonly ConcurrentDictionary<RequestTrace, byte> _running = new();
    readonly ConcurrentQueue<RequestResult> _ended = new();
    readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>A request begins.</summary>
    public void Begin(RequestTrace trace) => _running[trace] = 0;

    /// <summary>A request has ended.</summary>
    public void End(RequestTrace trace)
    {
        _running.TryRemove(trace, out _);
        if (trace.Abandoned)
            return;
        var result = reader.Read(trace);
        _ended.Enqueue(result);
        progress.Add(result.GeneratedTokens, result.Failure is not null);
        if (_ended.Count >= EarlyRounds * options.Concurrency)
            _enough.TrySetResult();
    }

    /// <summary>Says once, early in a run, what looks wrong; ends at once when cancelled: a short run has only its end.</summary>
    public async Task SayEarlyVerdictAsync(CancellationToken cancellation)
    {
        await Task.WhenAny(_enough.Task, Task.Delay(_early, cancellation));
        if (cancellation.IsCancellationRequested)
            return;
        var findings = Verdict.Of(RunView.Of(Result(judged: false), [.. _running.Keys], MaxTokens, streams));
        string when = $"kdsl: after {Stopwatch.GetElapsedTime(_start).TotalSeconds:0} s";
        foreach (string finding in findings.Count > 0 ? findings : ["nothing unusual"])
            progress.Say($"{when}: {finding}");
    }

    /// <summary>What has ended, in numbers.</summary>
    public RunResult Result(bool judged) => new([.. _ended], options.Concurrency, options.ModelName, source, DateTime.Now) { Rate = rate, Judged = judged };

    /// <summary>What looks wrong after the run.</summary>
    public IReadOnlyList<string> Findings(RunResult run)
    {
        progress.End();
        return Verdict.Of(RunView.Of(run, [], MaxTokens, streams));
    }

    // Answers of a drawn length are not cut short by it.
    int? MaxTokens => options.DatasetType == "synthetic" ? null : options.MaxOutputLen;
}
