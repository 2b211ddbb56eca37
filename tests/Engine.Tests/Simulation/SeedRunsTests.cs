using KernelDsl.Runtime.Engine;

namespace EngineTests.Simulation;

/// <summary>The scheduler under the seed's configuration and load gives the seed's throughputs, and the default policy gives the best of them without being told anything.</summary>
public class SeedRunsTests
{
    [Fact]
    public void Load_HasTheSeedsLengths()
    {
        var requests = Seed.Requests(449.32);
        Assert.Equal(200, requests.Count);
        Assert.Equal(449.32, requests.Average(r => r.Output), 0.5);
        Assert.Equal(60.89, requests.Average(r => r.Input), 0.5);
        Assert.InRange(requests.Min(r => r.Input), 25, 30);
        Assert.InRange(requests.Max(r => r.Input), 130, 139);
        Assert.InRange(requests.Min(r => r.Output), 70, 80);
        Assert.Equal(512, requests.Max(r => r.Output));
    }

    [Theory]
    [InlineData(8, 1, 449.32, Seed.FirstRun)]
    [InlineData(35, 1, 449.32, Seed.MoreMemory)]
    [InlineData(35, 50, 482.07, Seed.LargerBatches)]
    public void MindIePolicy_SeedsConfiguration_GivesItsThroughputWithinTenPercent(int npuMemSize, int maxPrefillBatchSize, double meanOutput, double seed)
    {
        var run = Serve(npuMemSize, Seed.MindIe(maxPrefillBatchSize), meanOutput);
        Assert.InRange(run.Throughput / seed, 0.9, 1.1);
    }

    [Fact]
    public void MindIePolicy_MoreMemory_ChangesNothing() => Assert.Equal(
        Serve(8, Seed.MindIe(1), 449.32).Elapsed,
        Serve(35, Seed.MindIe(1), 449.32).Elapsed);

    [Fact]
    public void MindIePolicy_DecodeBatchOfOne_StallsEveryStreamForMinutesAsTheSeedSaw()
    {
        var run = Serve(35, Seed.MindIe(1), 449.32);

        // FirstTokenTime 106.9 ms; MaxDecodeTime 110.5 s on average, at most 241 s; GenerateTime 122.4 s.
        Assert.InRange(run.Requests.Average(r => r.FirstToken), 60, 160);
        Assert.InRange(run.Requests.Average(r => r.Gaps.Max()) / 110_540, 0.8, 1.2);
        Assert.InRange(run.Requests.Average(r => r.Whole) / 122_446, 0.9, 1.1);
        Assert.Equal(1, run.DecodeBatch);
    }

    [Fact]
    public void MindIePolicy_LargerBatches_HasTheSeedsBatches()
    {
        var run = Serve(35, Seed.MindIe(50), 482.07);

        // DecoderBatchsize 9.73, PrefillBatchsize 1.85; FirstTokenTime 97 ms, GenerateTime 14.4 s.
        Assert.InRange(run.DecodeBatch, 9, 10);
        Assert.InRange(run.PrefillBatch, 1, 2.5);
        Assert.InRange(run.Requests.Average(r => r.FirstToken), 60, 130);
        Assert.InRange(run.Requests.Average(r => r.Whole) / 14_356, 0.9, 1.1);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(35)]
    public void StallFreePolicy_SameLoad_IsAsFastAsTheTunedSystemAndNeverStalls(int npuMemSize)
    {
        var run = Serve(npuMemSize, new SchedulingOptions(), 482.07);

        Assert.InRange(run.Throughput, Seed.LargerBatches * 0.95, double.MaxValue);
        var gaps = run.Gaps.Order().ToArray();
        Assert.InRange(gaps[^1], 0, 5 * gaps[gaps.Length / 2]);
    }

    static Run Serve(int npuMemSize, SchedulingOptions options, double meanOutput) =>
        new SimulatedServer(Seed.Limits(npuMemSize), options, Seed.StepTime).Serve(Seed.Requests(meanOutput), Seed.Clients);
}
