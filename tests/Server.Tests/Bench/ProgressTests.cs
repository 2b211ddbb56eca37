using Kdsl.Bench.Serving.Output;

namespace Kdsl.Tests.Bench;

public class ProgressTests
{
    [Fact]
    public void OutsideATerminal_ThereIsALineForEachTenth()
    {
        var output = new StringWriter { NewLine = "\n" };
        var bar = new ProgressBar(output, terminal: false, 200);
        for (int i = 0; i < 200; i++)
            bar.Add(10, failed: i == 7);
        bar.Say("kdsl: a finding");
        bar.End();
        var lines = output.ToString().TrimEnd('\n').Split('\n');
        Assert.Equal(11, lines.Length);
        Assert.StartsWith("20/200 requests, 1 failed, ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("200/200 requests, 1 failed, ", lines[9], StringComparison.Ordinal);
        Assert.DoesNotContain('\r', output.ToString());
    }

    [Fact]
    public void InATerminal_TheBarIsDrawnOver_AndLinesStandAlone()
    {
        var output = new StringWriter { NewLine = "\n" };
        var bar = new ProgressBar(output, terminal: true, 2);
        bar.Add(10, failed: false);
        bar.Say("kdsl: a finding");
        bar.Add(10, failed: false);
        bar.End();
        string text = output.ToString();
        Assert.StartsWith("\r\e[K[###############...............] 1/2 requests, ", text, StringComparison.Ordinal);
        Assert.Contains("\r\e[Kkdsl: a finding\n", text, StringComparison.Ordinal);
        Assert.Contains("[##############################] 2/2 requests", text, StringComparison.Ordinal);
        Assert.EndsWith("left\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Explanation_HasEveryMetricOfTheTables()
    {
        var output = new StringWriter();
        Explain.Write(output);
        foreach (string name in (string[])["FirstTokenTime", "MaxDecodeTime", "QueueWaitTime", "lpct", "GenerateSpeedPerClient", "accuracy", "TTFT", "TPOT", "ITL", "E2EL", "Prefill Token Throughput"])
            Assert.Matches($@"(?m)^  {name} +\S", output.ToString());
    }
}
