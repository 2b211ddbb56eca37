using CsCheck;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;

namespace EngineTests.Simulation;

/// <summary>The promise of the default policy: on any machine, once it has been measured, a running stream's gaps stay near the step of decoding alone.</summary>
public class GapTests
{
    static readonly ModelLimits Limits = new(ContextLength: 4096, VocabularySize: 100, SampledVocabularySize: 100, PageSize: 64, PageCount: 4096,
        MaxTokens: 512, MaxSequences: 16, MaxLogitRows: 16);

    // Milliseconds: a step, a sequence that decodes, a token of a prompt. From a small CPU model to a large one on a fast device.
    static readonly Gen<(double Step, double Sequence, double Token)> Machines =
        Gen.Select(Gen.Double[1, 200], Gen.Double[0, 2], Gen.Double[0.01, 8]);

    static readonly Gen<(int Input, int Output)[]> Loads = Gen.Select(Gen.Int[1, 3000], Gen.Int[1, 300]).Array[20, 60];

    [Fact]
    public void StallFree_AnyMachineAndLoad_GapsStayBoundedOnceMeasured() => Gen.Select(Machines, Loads, Gen.Int[1, 40]).Sample((machine, load, clients) =>
    {
        double Time(int decodes, int prompts) => machine.Step + decodes * machine.Sequence + prompts * machine.Token;

        var run = new SimulatedServer(Limits, new SchedulingOptions(), Time).Serve(load, clients);

        Assert.Equal(load.Sum(r => r.Output), run.Requests.Sum(r => r.Tokens));
        // The first prompts are the measurement. Fewer than 16 tokens of a prompt are never taken, and a preempted sequence waits.
        var bound = Math.Max(5 * Time(16, 0), Time(16, 16));
        var gaps = run.Gaps.Order().ToArray();
        if (gaps.Length > 1000)
            Assert.InRange(gaps[(int)(gaps.Length * 0.99)], 0, 1.02 * bound);
    }, iter: 500);

    [Fact]
    public void StallFree_GivenGap_IsKept()
    {
        static double Time(int decodes, int prompts) => 20 + 0.5 * decodes + 1.0 * prompts;
        var load = Enumerable.Range(0, 60).Select(i => (Input: 400 + 37 * i % 900, Output: 100)).ToArray();

        double Worst(TimeSpan? gap) => new SimulatedServer(Limits, new SchedulingOptions { MaxGap = gap }, Time).Serve(load, 16).Gaps.Order().ToArray() is var gaps
            ? gaps[(int)(gaps.Length * 0.995)] : 0;

        Assert.InRange(Worst(TimeSpan.FromMilliseconds(50)), 20, 57);
        Assert.InRange(Worst(TimeSpan.FromMilliseconds(300)), 100, 330);
    }
}
