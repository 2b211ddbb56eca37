using CsCheck;
using KernelDsl.Runtime.Engine;

namespace EngineTests.Scheduling;

public class StepTimesTests
{
    const int Sequences = 32;

    static readonly Gen<(int Decodes, int Prompts, double Seconds)> Steps = Gen.Select(Gen.Int[1, Sequences], Gen.OneOf(Gen.Const(0), Gen.Int[1, 512]), Gen.Double[1e-4, 1]);

    [Fact]
    public void Decode_AfterAnySteps_IsNotLessForMoreSequences() => Steps.Array[1, 100].Where(static steps => steps[0].Prompts == 0).Sample(static steps =>
    {
        var times = Learn(steps);
        for (var size = 2; size <= Sequences; size++)
            Assert.True(times.Decode(size) >= times.Decode(size - 1), $"{size} sequences: {times.Decode(size)} s, {size - 1}: {times.Decode(size - 1)} s");
    });

    [Fact]
    public void Decode_SizeSeenOnceDuringAPause_DoesNotKeepIt()
    {
        // The pause comes first, and then among steps of another size, which take 1.5 ms.
        (int, int, double)[] usual = [.. Enumerable.Repeat((10, 0, 1.5e-3), 50)];
        Assert.InRange(Learn([(6, 0, 20e-3), .. usual]).Decode(6), 1e-3, 1.5e-3);
        Assert.InRange(Learn([.. usual, (6, 0, 20e-3)]).Decode(6), 1e-3, 1.5e-3);
        Assert.InRange(Learn([.. usual, (6, 0, 20e-3)]).Decode(10), 1.5e-3, 1.6e-3);
    }

    [Fact]
    public void Decode_SizeSeenBesidePromptsAlone_IsInferred() =>
        Assert.InRange(Learn([(1, 0, 24e-3), (0, 446, 446 * 4e-3), .. Enumerable.Repeat((8, 16, 66e-3 + 16 * 4e-3), 5)]).Decode(8), 60e-3, 68e-3);

    [Fact]
    public void PerPromptToken_AfterAShortSlowPromptAndALongOne_IsTheLongOnes() =>
        Assert.InRange(Learn([(0, 28, 28 * 6e-3), (0, 512, 512 * 4e-3)]).PerPromptToken, 4e-3, 4.1e-3);

    [Fact]
    public void PromptBudget_KnownMachine_KeepsTheStepWithinTheFactor()
    {
        var times = Learn([.. Enumerable.Repeat((8, 0, 2e-3), 10), .. Enumerable.Repeat((8, 64, 2e-3 + 64 * 1e-4), 100)]);
        var step = 2e-3 + times.PromptBudget(8, soon: 8, gap: null) * 1e-4;
        Assert.InRange(step, 0.9 * SchedulingOptions.GapFactor * 2e-3, 1.1 * SchedulingOptions.GapFactor * 2e-3);
    }

    [Fact]
    public void PromptBudget_WhileTheBatchFills_IsThatOfTheBatchToCome()
    {
        var times = Learn([.. Enumerable.Repeat((1, 0, 1e-3), 10), .. Enumerable.Repeat((16, 0, 4e-3), 10), .. Enumerable.Repeat((0, 512, 512 * 1e-4), 10)]);
        Assert.InRange(1e-3 + times.PromptBudget(1, soon: 16, gap: null) * 1e-4, 0.9 * SchedulingOptions.GapFactor * 4e-3, 1.1 * SchedulingOptions.GapFactor * 4e-3);
    }

    static StepTimes Learn((int Decodes, int Prompts, double Seconds)[] steps)
    {
        var times = new StepTimes(Sequences, maxTokens: 512);
        foreach (var (decodes, prompts, seconds) in steps)
            times.Observe(decodes, prompts, seconds);
        return times;
    }
}
