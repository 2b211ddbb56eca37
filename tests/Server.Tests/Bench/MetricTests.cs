using Kdsl.Bench.Serving.Statistics;

namespace Kdsl.Tests.Bench;

/// <summary>Formulas against numbers computed by hand, and against what the seed's tables say of each other.</summary>
public class MetricTests
{
    [Fact]
    public void Percentiles_InterpolateAsNumpy()
    {
        // numpy.percentile([15, 20, 35, 40, 50], [50, 75, 90, 99])
        Assert.Equal(new Summary(32, 50, 15, 35, 40, 46, 49.6, 5), Summary.Of([40, 15, 50, 35, 20]));
        Assert.Equal(new Summary(7, 7, 7, 7, 7, 7, 7, 1), Summary.Of([7]));
        Assert.Equal(default, Summary.Of([]));
        Assert.Equal(2.25, Summary.Percentile([1, 2, 3], 62.5));
    }

    [Theory]
    [InlineData(new double[] { 2, 2, 5, 5, 3, 3, 5, 5, 5, 3 }, new double[] { 2, 5, 3 })]
    [InlineData(new double[] { 1, 1, 1 }, new double[] { 1, 1, 1 })]
    [InlineData(new double[] { 5, 5, 3, 5, 5, 2, 5 }, new double[] { 5, 3, 2 })]
    [InlineData(new double[] { 2, 2, 2, 2, 2 }, new double[] { 2, 2, 2 })]
    [InlineData(new double[0], new double[0])]
    public void BatchSizes_ThatSharedABatch_CountOnce(double[] reported, double[] batches) => Assert.Equal(batches, BatchSizes.Compress(reported));

    [Fact]
    public void BatchSizes_OfWholeBatches_CountEachOnce_InAnyOrder()
    {
        var random = new Random(5);
        for (int round = 0; round < 200; round++)
        {
            double[] batches = [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => (double)random.Next(1, 9))];
            double[] reported = [.. batches.SelectMany(static size => Enumerable.Repeat(size, (int)size))];
            random.Shuffle(reported);
            Assert.Equal(batches.Order(), BatchSizes.Compress(reported).Order());
        }
    }

    [Fact]
    public void PerformanceMetrics_OfTwoRequests()
    {
        var run = Results.Run([Results.Of(100, [10, 30, 20], 165, 7, 4), Results.Of(200, [50], 260, 13, 2, sentAt: 1)], concurrency: 2);
        Assert.Equal(150, Results.Summary("FirstTokenTime", run).Average);
        // Pooled over the four tokens, not over the two requests.
        Assert.Equal((27.5, 4), (Results.Summary("DecodeTime", run).Average, Results.Summary("DecodeTime", run).Count));
        Assert.Equal((35.0, 50.0), (Results.Summary("LastDecodeTime", run).Average, Results.Summary("LastDecodeTime", run).Max));
        Assert.Equal(40, Results.Summary("MaxDecodeTime", run).Average);
        Assert.Equal(212.5, Results.Summary("GenerateTime", run).Average, 9);
        Assert.Equal((4000 / 165.0 + 2000 / 260.0) / 2, Results.Summary("GeneratedTokenSpeed", run).Average, 9);
        Assert.Equal(3, Results.Summary("CharactersPerToken", run).Average);
        // SLO_P90 of DecodeTime: over the means 20 and 50.
        Assert.Equal(47, PerformanceMetrics.All.First(static m => m.Name == "DecodeTime").Slo!(run), 9);
        Assert.Equal("1.26 s", Results.Common("TimeElapsed", run));
        Assert.Equal("15.0 ms", Results.Common("lpct", run));
        Assert.Equal("1.5873 req/s", Results.Common("Throughput", run));
        Assert.Equal("4.7619 token/s", Results.Common("GenerateSpeed", run));
        Assert.Equal("2.381 token/s", Results.Common("GenerateSpeedPerClient", run));
        Assert.Equal("/", Results.Common("accuracy", run));
    }

    [Fact]
    public void LatencyMetrics_CountTheWaitForAClient()
    {
        var run = Results.Run([Results.Of(100, [10, 30, 20], 165, 7, 4) with { ClientWait = 40 }]);
        Assert.Equal((140.0, 200.0, 20.0, 40.0), (Results.Summary("TTFT", run).Average, Results.Summary("E2EL", run).Average, Results.Summary("TPOT", run).Average, Results.Summary("ClientWait", run).Average));
        Assert.Equal(100, Results.Summary("FirstTokenTime", run).Average);
        Assert.Equal(20, Results.Summary("OutputTokenThroughput", run).Average, 9);
    }

    [Fact]
    public void FailedRequests_AreCountedAndMeasuredNowhere()
    {
        var failed = Results.Of(9999, [9999], 30_000, 500, 500, sentAt: 1) with { Failure = "HTTP 503" };
        var run = Results.Run([Results.Of(100, [10], 110, 10, 2), failed, failed]);
        Assert.Equal(100, Results.Summary("FirstTokenTime", run).Max);
        Assert.Equal(("2( 66.67% )", "1( 33.33% )", "3[ 100.0% ]"), (Results.Common("Failed", run), Results.Common("Returned", run), Results.Common("Total", run)));
        Assert.Equal("10.0 ms", Results.Common("lpct", run));
        Assert.Equal([("HTTP 503", 2)], run.Failures);
        Assert.Equal("0", Results.Common("Failed", Results.Run([])).Split('(')[0]);
    }

    /// <summary>Runs whose averages are the seed's: what is derived from them must be what the seed's second table says.</summary>
    [Theory]
    [InlineData(106.8642, 89864, 2502.9557, "1.755 ms", "0.0799 req/s", "35.9032 token/s", "3.5903 token/s")]
    [InlineData(97.07, 96414, 294.5528, "1.5942 ms", "0.679 req/s", "327.3233 token/s", "32.7323 token/s")]
    public void CommonMetrics_FollowFromTheSeedsAverages(double firstToken, int tokens, double elapsed, string lpct, string throughput, string speed, string perClient)
    {
        // 200 requests with 60.89 tokens of input on average.
        var requests = Enumerable.Range(0, 200).Select(i => Results.Of(firstToken, [1], elapsed * 1000, i < 178 ? 61 : 60, (tokens / 200) + (i < tokens % 200 ? 1 : 0)));
        var run = Results.Run(requests);
        Assert.Equal(60.89, Results.Summary("InputTokens", run).Average, 9);
        Assert.Equal((lpct, throughput, speed, perClient), (Results.Common("lpct", run), Results.Common("Throughput", run), Results.Common("GenerateSpeed", run), Results.Common("GenerateSpeedPerClient", run)));
        Assert.Equal($"{elapsed} s", Results.Common("TimeElapsed", run));
    }

    [Fact]
    public void ReportedTimes_ComeFromTheServerAlone()
    {
        var run = Results.Run([
            Results.Of(1, [1], 10, 5, 3) with { PrefillBatch = 2, DecodeBatches = [9, 10, 10], QueueWaits = [100, 3] },
            Results.Of(1, [1], 10, 5, 3) with { PrefillBatch = 2, DecodeBatches = [10], QueueWaits = [5] },
            Results.Of(1, [1], 10, 5, 3)]);
        Assert.Equal((2.0, 1), (Results.Summary("PrefillBatchsize", run).Average, Results.Summary("PrefillBatchsize", run).Count));
        // 29/3 is 9.67, rounded 10; two requests with 10 are of one batch.
        Assert.Equal((10.0, 1), (Results.Summary("DecoderBatchsize", run).Average, Results.Summary("DecoderBatchsize", run).Count));
        Assert.Equal((36.0, 3), (Results.Summary("QueueWaitTime", run).Average, Results.Summary("QueueWaitTime", run).Count));
    }
}
