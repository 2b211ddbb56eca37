using System.Globalization;
using Kdsl.Bench.Serving.Output;
using Kdsl.Bench.Serving.Statistics;

namespace Kdsl.Tests.Bench;

/// <summary>Tables as MindIE's benchmark prints them, byte for byte (the seed's first run).</summary>
public class TableTests
{
    const string Seed = """
        +---------------------+----------------+----------------+----------------+----------------+----------------+----------------+----------------+-----+
        |              Metric |        average |            max |            min |            P75 |            P90 |        SLO_P90 |            P99 |   N |
        +---------------------+----------------+----------------+----------------+----------------+----------------+----------------+----------------+-----+
        |      FirstTokenTime |    106.8642 ms |    766.6764 ms |     61.2204 ms |     89.4486 ms |     96.8093 ms |     96.8093 ms |    678.2679 ms | 200 |
        |          DecodeTime |    272.8685 ms | 240991.5447 ms |     18.9562 ms |       26.88 ms |     29.1581 ms |    507.8787 ms |     44.7554 ms | 200 |
        |      LastDecodeTime |     27.3458 ms |     44.6792 ms |     23.6018 ms |     28.1029 ms |      30.421 ms |      30.421 ms |     43.4848 ms | 200 |
        |       MaxDecodeTime |  110540.058 ms | 240991.5447 ms |  87634.1462 ms | 113301.1768 ms | 119612.0382 ms | 119612.0382 ms | 215188.2593 ms | 200 |
        |        GenerateTime | 122445.6956 ms | 254751.9505 ms |  93431.3636 ms | 125816.2365 ms | 131786.2445 ms | 131786.2445 ms | 228628.2242 ms | 200 |
        |         InputTokens |          60.89 |            139 |             25 |           71.0 |           87.2 |           87.2 |         110.05 | 200 |
        |     GeneratedTokens |         449.32 |            512 |             70 |          512.0 |          512.0 |          512.0 |          512.0 | 200 |
        | GeneratedTokenSpeed | 3.7201 token/s | 4.9928 token/s | 0.5706 token/s | 4.3837 token/s | 4.6082 token/s | 4.6082 token/s | 4.9746 token/s | 200 |
        | GeneratedCharacters |       1523.965 |           2367 |            258 |         1832.0 |         1952.0 |         1952.0 |        2154.05 | 200 |
        |           Tokenizer |      3.0427 ms |      8.4531 ms |      0.8283 ms |      3.8697 ms |       4.942 ms |       4.942 ms |       6.854 ms | 200 |
        |         Detokenizer |      1.0629 ms |      1.3137 ms |      0.2007 ms |      1.2119 ms |      1.2252 ms |      1.2252 ms |      1.2969 ms | 200 |
        |  CharactersPerToken |         3.3917 |              / |              / |              / |              / |              / |              / | 200 |
        |  PostProcessingTime |           0 ms |           0 ms |           0 ms |           0 ms |           0 ms |           0 ms |           0 ms | 200 |
        |         ForwardTime |           0 ms |           0 ms |           0 ms |           0 ms |           0 ms |           0 ms |           0 ms | 200 |
        |    PrefillBatchsize |            1.0 |              1 |              1 |            1.0 |            1.0 |            1.0 |            1.0 | 200 |
        |    DecoderBatchsize |            1.0 |              1 |              1 |            1.0 |            1.0 |              / |            1.0 | 200 |
        |       QueueWaitTime | 246183.0655 μs |   240956110 μs |          11 μs |        46.0 μs |        57.0 μs |           / μs |       92.37 μs | 200 |
        +---------------------+----------------+----------------+----------------+----------------+----------------+----------------+----------------+-----+
        """;

    const string SeedCommon = """
        +------------------------+------------------------------+
        |          Common Metric |                        Value |
        +------------------------+------------------------------+
        |            CurrentTime |          2025-03-18 11:42:57 |
        |            TimeElapsed |                  2502.9557 s |
        |             DataSource | /home/work/QwQ-32B/gsm8k-200 |
        |                 Failed |                    0( 0.0% ) |
        |               Returned |                200( 100.0% ) |
        |                  Total |                200[ 100.0% ] |
        |            Concurrency |                           10 |
        |              ModelName |                      QwQ-32B |
        |                   lpct |                     1.755 ms |
        |             Throughput |                 0.0799 req/s |
        |          GenerateSpeed |              35.9032 token/s |
        | GenerateSpeedPerClient |               3.5903 token/s |
        |               accuracy |                            / |
        +------------------------+------------------------------+
        """;

    /// <summary>The numbers of the seed's table through the code that prints a run's.</summary>
    [Fact]
    public void PerformanceTable_OfTheSeedsNumbers_IsTheSeedsTable()
    {
        var rows = Seed.Split('\n').Where(static line => line.StartsWith('|')).Skip(1).Select(static line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1]).ToArray();
        Assert.Equal(PerformanceMetrics.All.Select(static m => m.Name), rows.Select(static row => row[0]));
        var cells = PerformanceMetrics.All.Zip(rows, static (metric, row) =>
        {
            double[] n = [.. row[1..8].Select(static cell => double.TryParse(cell.Split(' ')[0], CultureInfo.InvariantCulture, out double value) ? value : double.NaN)];
            var summary = new Summary(n[0], n[1], n[2], 0, n[3], n[4], n[6], n[0] > 0 ? 1 : 0);
            return (IReadOnlyList<string>)[metric.Name, .. Tables.PerformanceCells(metric, summary, n[5], 200)];
        });
        Assert.Equal(Seed, PrettyTable.Draw([["Metric", .. Tables.PerformanceColumns], .. cells]));
    }

    [Fact]
    public void CommonTable_OfARunLikeTheSeeds_IsTheSeedsTable()
    {
        var requests = Enumerable.Range(0, 200).Select(static i => Results.Of(106.8642, [1], 2502955.7, i < 178 ? 61 : 60, i < 64 ? 450 : 449));
        var run = new RunResult([.. requests], 10, "QwQ-32B", "/home/work/QwQ-32B/gsm8k-200", new DateTime(2025, 3, 18, 11, 42, 57));
        Assert.Equal(SeedCommon, Tables.Common(run));
    }

    [Fact]
    public void Tables_OfARunWithoutAnswers_AreDrawn()
    {
        var run = Results.Run([Results.Of(1, [], 10, 5, 0) with { Failure = "connection refused" }]);
        Assert.Contains("|      FirstTokenTime |      0 ms |      0 ms |", Tables.Performance(run), StringComparison.Ordinal);
        Assert.Contains("| 1( 100.0% ) |", Tables.Common(run).Replace("  ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("TTFT", Tables.Latency(run), StringComparison.Ordinal);
        Assert.Contains("| 0 |", Tables.Latency(run), StringComparison.Ordinal);
        Assert.Contains("Total Requests", Tables.Throughput(run), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "1.0")]
    [InlineData(0, "0.0")]
    [InlineData(97.07, "97.07")]
    [InlineData(0.00004, "0.0")]
    [InlineData(0.00016, "0.0002")]
    [InlineData(240991.54472, "240991.5447")]
    [InlineData(-2.5, "-2.5")]
    [InlineData(240956110, "240956110.0")]
    public void Numbers_AreWrittenAsPythonDoes(double value, string text) => Assert.Equal(text, PythonNumber.Of(value));

    [Fact]
    public void WideCharacters_TakeTwoColumns() => Assert.Equal("+------+\n| 数据 |\n+------+\n| abcd |\n+------+", PrettyTable.Draw([["数据"], ["abcd"]]));
}
