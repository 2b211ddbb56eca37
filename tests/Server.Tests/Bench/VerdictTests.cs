using System.Diagnostics;
using Kdsl.Bench.Serving;
using Kdsl.Bench.Serving.Clients;
using Kdsl.Bench.Serving.Data;
using Kdsl.Bench.Serving.Load;
using Kdsl.Bench.Serving.Verdicts;

namespace Kdsl.Tests.Bench;

public class VerdictTests
{
    /// <summary>The seed's first run half a minute after its start: all prompts were computed at once, one stream decodes, nine stand still.</summary>
    [Fact]
    public void SeedsFirstRun_After30Seconds_IsSeenThrough()
    {
        var running = Enumerable.Range(0, 10).Select(static i => Running(firstTokenMs: 107, tokens: i == 0 ? null : 3, gapMs: 27, batch: 1)).ToArray();
        var view = RunView.Of(Results.Run([]), running, 512, streams: true);
        Assert.Equal((10, 0, 9), (view.Running, view.Waiting, view.Silent));
        Assert.Equal(["decode batch stays at 1 while 9 wait: raise maxPrefillBatchSize (the greatest prefill batch was 1)"], Verdict.Of(view));
    }

    [Fact]
    public void SeedsFirstRun_AtItsEnd_IsSeenThrough()
    {
        var request = Results.Of(107, [27, 27, 110540, 27], 122445, 61, 449) with { PrefillBatch = 1, DecodeBatches = [1, 1, 1, 1] };
        Assert.Equal(["decode batch stays at 1 with 10 clients: raise maxPrefillBatchSize (the greatest prefill batch was 1)"],
            Verdict.Of(RunView.Of(Results.Run(Enumerable.Repeat(request, 20)), [], 512, streams: true)));
    }

    [Fact]
    public void SeedsTunedRun_IsUnusualInNothingButItsLength()
    {
        var request = Results.Of(97, [29, 30, 212, 28], 14356, 61, 512) with { PrefillBatch = 9, DecodeBatches = [10, 10, 10, 9], Truncated = true };
        Assert.Equal(["20 of 20 answers are cut at --MaxOutputLen 512: raise it to see whole answers"],
            Verdict.Of(RunView.Of(Results.Run(Enumerable.Repeat(request, 20)), [], 512, streams: true)));
        Assert.Empty(Verdict.Of(RunView.Of(Results.Run(Enumerable.Repeat(request with { Truncated = false }, 20)), [], 512, streams: true)));
    }

    [Fact]
    public void OwnLimitOfTheServer_IsNamed()
    {
        var request = Results.Of(97, [29], 14356, 61, 512) with { Truncated = true };
        Assert.StartsWith("6 of 6 answers are cut at 512 tokens or fewer, below --MaxOutputLen 32768", Assert.Single(
            Verdict.Of(RunView.Of(Results.Run(Enumerable.Repeat(request, 6), concurrency: 1), [], 32768, streams: true))), StringComparison.Ordinal);
        Assert.Empty(Verdict.Of(RunView.Of(Results.Run(Enumerable.Repeat(request, 6), concurrency: 1), [], null, streams: true)));
    }

    [Fact]
    public void Stall_WithoutReports_IsSeenInTheGaps()
    {
        double[] gaps = [.. Enumerable.Repeat(30.0, 50), 8200];
        var run = Results.Run(Enumerable.Range(0, 8).Select(_ => Results.Of(100, gaps, 9800, 61, 52)), concurrency: 8);
        Assert.StartsWith("a stream stood still for 8.2 s after its first token, where 30 ms is usual", Assert.Single(Verdict.Of(RunView.Of(run, [], 512, streams: true))), StringComparison.Ordinal);
    }

    [Fact]
    public void SmallBatch_WithoutReports_IsSeenInWhoReceives()
    {
        // Two decode, thirty wait for their first token.
        var running = Enumerable.Range(0, 32).Select(static i => Running(firstTokenMs: 100, tokens: i < 2 ? null : 0, gapMs: 29, batch: null)).ToArray();
        string finding = Assert.Single(Verdict.Of(RunView.Of(Results.Run([], concurrency: 32), running, 512, streams: true)));
        Assert.StartsWith("2 streams receive tokens on average while 30 wait: the server computes few requests together", finding, StringComparison.Ordinal);
    }

    [Fact]
    public void SmallBatch_AsReported_BlamesItsLimit()
    {
        var running = Enumerable.Range(0, 32).Select(static i => Running(firstTokenMs: 100, tokens: i < 4 ? null : 0, gapMs: 29, batch: 4)).ToArray();
        Assert.Equal(["decode batch is 4 while 28 wait: raise maxBatchSize, or the memory for keys and values (npuMemSize)"], Verdict.Of(RunView.Of(Results.Run([], concurrency: 32), running, 512, streams: true)));
    }

    /// <summary>With answers of five tokens most clients are at their prompts at any time, on any server.</summary>
    [Theory]
    [InlineData(5, false)]
    [InlineData(64, true)]
    public void SmallBatch_OfShortAnswers_IsNobodysFault(int tokens, bool blamed)
    {
        double[] gaps = [.. Enumerable.Repeat(10.0, tokens - 1)];
        var run = Results.Run(Enumerable.Range(0, 20).Select(_ => Results.Of(800, gaps, 800 + gaps.Sum(), input: 60, output: tokens) with { DecodeBatches = [.. gaps.Select(static _ => 2.0)] }));
        Assert.Equal(blamed, Verdict.Of(RunView.Of(run, [], 128, streams: true)).Any(static v => v.StartsWith("decode batch is 2 ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Failures_AreNamedByTheirMostFrequentReason()
    {
        var bad = Results.Of(1, [], 10, 5, 0) with { Failure = "HTTP 503" };
        var run = Results.Run([.. Enumerable.Repeat(bad, 3), Results.Of(1, [1], 10, 5, 2), bad with { Failure = "connection refused" }], concurrency: 1);
        Assert.Equal(["4 of 5 requests failed, most often: HTTP 503"], Verdict.Of(RunView.Of(run, [], 512, streams: true)));
    }

    /// <summary>A request that was sent 30 s ago and is still under way.</summary>
    /// <param name="tokens">Tokens that came; null: they still do.</param>
    static RequestTrace Running(double firstTokenMs, int? tokens, double gapMs, int? batch)
    {
        long sent = Stopwatch.GetTimestamp() - (30 * Stopwatch.Frequency);
        var trace = new RequestTrace(new BenchRequest(new DataItem("0", "q"), "q", [1], 0, 512, "m"), sent);
        for (int i = 0; i < (tokens ?? ((30_000 - firstTokenMs) / gapMs)); i++)
        {
            trace.Add(new Chunk("x")
            {
                Arrived = sent + (long)((firstTokenMs + (i * gapMs)) / 1000 * Stopwatch.Frequency),
                Server = batch is { } size ? new ServerTimes([size], [], null, []) : null,
            });
        }

        return trace;
    }
}
