using System.Diagnostics;
using Kdsl.Bench.Serving;
using Kdsl.Bench.Serving.Clients;
using Kdsl.Bench.Serving.Data;
using Kdsl.Bench.Serving.Load;

namespace Kdsl.Tests.Bench;

public class LoadTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Arrivals_FollowTheirLaw(bool poisson)
    {
        const int Count = 50_000;
        const double Rate = 8;
        double[] times = [.. new Arrivals(Rate, poisson, 3).Times().Take(Count)];
        double[] gaps = [.. times.Skip(1).Zip(times, static (later, earlier) => later - earlier)];
        double mean = gaps.Average(), variance = gaps.Average(gap => (gap - mean) * (gap - mean));
        Assert.Equal(1 / Rate, mean, 0.02 / Rate);
        // Uniform from 0 to 2/rate: variance 1/3 of the mean's square; exponential: the mean's square.
        Assert.Equal((poisson ? 1 : 1.0 / 3) / (Rate * Rate), variance, 0.05 / (Rate * Rate));
        Assert.True(gaps.Min() >= 0);
        Assert.Equal(poisson, gaps.Max() > 2.001 / Rate);
        // The share of gaps above the mean: one half, or 1/e.
        Assert.Equal(poisson ? 1 / Math.E : 0.5, gaps.Count(gap => gap > 1 / Rate) / (double)gaps.Length, 0.01);
        Assert.Equal(times, new Arrivals(Rate, poisson, 3).Times().Take(Count));
        Assert.NotEqual(times[0], new Arrivals(Rate, poisson, 4).Times().First());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(50)]
    public async Task ClosedLoop_HasAsManyUnderWayAsClients_AndSendsAllInOrder(int clients)
    {
        await using var target = new GateTarget();
        var (begun, ended) = (new List<string>(), 0);
        var run = new LoadGenerator(target, clients, null, null).RunAsync(Requests(20), trace => begun.Add(trace.Request.Item.Id), _ => Interlocked.Increment(ref ended), CancellationToken.None);
        int most = Math.Min(clients, 20);
        await RunningServer.Until(() => target.UnderWay == most);
        for (int i = 0; i < 20; i++)
        {
            await RunningServer.Until(() => target.UnderWay == Math.Min(most, 20 - i));
            target.LetOneEnd();
        }

        await run;
        Assert.Equal(most, target.MostUnderWay);
        Assert.Equal(20, ended);
        Assert.Equal(Enumerable.Range(0, 20).Select(static i => $"{i}"), begun);
    }

    [Fact]
    public async Task OpenLoop_DoesNotWaitForAnswers_AndShowsTheWaitForAClient()
    {
        await using var target = new GateTarget();
        var traces = new List<RequestTrace>();
        // All are due within a fraction of a ms; two clients.
        var run = new LoadGenerator(target, 2, null, new Arrivals(10_000, false, 0)).RunAsync(Requests(3), traces.Add, static _ => { }, CancellationToken.None);
        await RunningServer.Until(() => target.UnderWay == 2);
        await Task.Delay(50);
        target.LetOneEnd();
        await RunningServer.Until(() => traces.Count == 3 && target.UnderWay == 2);
        target.LetOneEnd();
        target.LetOneEnd();
        await run;
        Assert.True(Stopwatch.GetElapsedTime(traces[2].Due, traces[2].Sent) >= TimeSpan.FromMilliseconds(40));
        Assert.True(traces[0].Due < traces[1].Due && traces[1].Due < traces[2].Due);
    }

    [Fact]
    public async Task Interruption_AbandonsWhatRuns_AndSendsNoMore()
    {
        await using var target = new GateTarget();
        using var stop = new CancellationTokenSource();
        var traces = new List<RequestTrace>();
        var run = new LoadGenerator(target, 2, null, null).RunAsync(Requests(9), traces.Add, static _ => { }, stop.Token);
        await RunningServer.Until(() => target.UnderWay == 2);
        await stop.CancelAsync();
        await run;
        Assert.Equal(2, traces.Count);
        Assert.All(traces, static trace => Assert.True(trace is { Abandoned: true, Failure: null }));
    }

    [Fact]
    public async Task Target_ThatThrowsAnything_FailsThatRequestAlone()
    {
        await using var target = new GateTarget { Fault = new InvalidOperationException("odd") };
        var traces = new List<RequestTrace>();
        await new LoadGenerator(target, 1, null, null).RunAsync(Requests(2), traces.Add, static _ => { }, CancellationToken.None);
        Assert.Equal(["InvalidOperationException: odd", "InvalidOperationException: odd"], traces.Select(static t => t.Failure));
    }

    static BenchRequest[] Requests(int count) => [.. Enumerable.Range(0, count).Select(static i => new BenchRequest(new DataItem($"{i}", "q"), "q", [1], 0, 8, "m"))];

    /// <summary>Answers when it is told to.</summary>
    sealed class GateTarget : ITarget
    {
        readonly SemaphoreSlim _gate = new(0);
        int _underWay, _most;

        public int UnderWay => Volatile.Read(ref _underWay);

        public int MostUnderWay => Volatile.Read(ref _most);

        public Exception? Fault { get; init; }

        public bool Streams => true;

        public void LetOneEnd() => _gate.Release();

        public async Task AskAsync(BenchRequest request, RequestTrace trace, CancellationToken cancellation)
        {
            trace.Send();
            if (Fault is not null)
                throw Fault;
            int now = Interlocked.Increment(ref _underWay);
            Interlocked.Exchange(ref _most, Math.Max(now, MostUnderWay));
            try
            {
                await _gate.WaitAsync(cancellation);
            }
            finally
            {
                Interlocked.Decrement(ref _underWay);
            }
        }

        public ValueTask DisposeAsync()
        {
            _gate.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
