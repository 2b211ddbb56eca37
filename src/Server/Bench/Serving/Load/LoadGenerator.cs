using System.Diagnostics;
using Kdsl.Bench.Serving.Clients;

namespace Kdsl.Bench.Serving.Load;

/// <summary>
/// Sends requests to a target. Closed loop: each of <paramref name="concurrency"/> clients sends its next request when its last has ended.
/// Open loop: requests come at their times, whoever is busy; at most <paramref name="concurrency"/> are under way, and one that finds no
/// client waits, which its trace shows.
/// </summary>
/// <param name="timeout">Most time of one request; null: none.</param>
/// <param name="arrivals">Of an open loop; null: closed.</param>
sealed class LoadGenerator(ITarget target, int concurrency, TimeSpan? timeout, Arrivals? arrivals)
{
    /// <summary>Sends them all, or until stopped. Requests that fail say so in their traces; none ends the run.</summary>
    /// <param name="began">Called with each trace as its request begins.</param>
    /// <param name="ended">Called with each trace that has ended; may take its time, another request has the client by then.</param>
    public async Task RunAsync(IReadOnlyList<BenchRequest> requests, Action<RequestTrace> began, Action<RequestTrace> ended, CancellationToken stop)
    {
        using var clients = new SemaphoreSlim(concurrency);
        using var times = arrivals?.Times().GetEnumerator();
        var running = new HashSet<Task>();
        long start = Stopwatch.GetTimestamp();
        try
        {
            foreach (var request in requests)
            {
                long? due = times is not null && times.MoveNext() ? start + (long)(times.Current * Stopwatch.Frequency) : null;
                if (due is { } time && Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), time) is { Ticks: > 0 } early)
                    await Task.Delay(early, stop);
                await clients.WaitAsync(stop);
                var trace = new RequestTrace(request, due);
                began(trace);
                if (running.Count > 2 * concurrency)
                    running.RemoveWhere(static task => task.IsCompletedSuccessfully);
                running.Add(Task.Run(() => RunOneAsync(trace, clients, ended, stop), CancellationToken.None));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What runs ends by itself now.
        }

        await Task.WhenAll(running);
    }

    async Task RunOneAsync(RequestTrace trace, SemaphoreSlim clients, Action<RequestTrace> ended, CancellationToken stop)
    {
        try
        {
            await AskAsync(trace, stop);
        }
        finally
        {
            clients.Release();
        }

        ended(trace);
    }

    async Task AskAsync(RequestTrace trace, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (timeout is { } time)
            limit.CancelAfter(time);
        try
        {
            await target.AskAsync(trace.Request, trace, limit.Token);
            trace.End();
        }
        catch (RequestFailedException e)
        {
            trace.End(e.Message);
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            trace.Abandon();
        }
        catch (OperationCanceledException)
        {
            trace.End($"no end within {timeout?.TotalSeconds:0} s (--RequestTimeOut)");
        }
        catch (Exception e)
        {
            // Whatever a server can provoke is that request's failure, not the run's.
            trace.End($"{e.GetType().Name}: {Json.OneLine(e.Message)}");
        }
    }
}
