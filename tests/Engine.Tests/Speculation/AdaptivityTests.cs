using KernelDsl.Runtime.Engine;

namespace EngineTests.Speculation;

/// <summary>On a simulated machine: guessing is used where it pays, and where it does not it costs next to nothing.</summary>
public class AdaptivityTests
{
    static readonly Dictionary<string, Func<int, int[]>> AllTexts = new()
    {
        ["copy"] = Texts.Copy,
        ["random"] = Texts.Random,
        ["three ids"] = Texts.ThreeIds,
        ["contrary"] = Texts.Contrary,
        ["teasing by 1"] = first => Texts.Teasing(first, 1),
        ["teasing by 3"] = first => Texts.Teasing(first, 3),
        ["teasing by 20"] = first => Texts.Teasing(first, 20),
        ["teasing by 60"] = first => Texts.Teasing(first, 60),
        ["changing"] = Texts.Changing,
    };

    // Milliseconds of a step of so many sequences and so many guesses.
    static readonly Dictionary<string, Func<int, int, double>> Machines = new()
    {
        ["waits for memory"] = (_, _) => 10,
        ["almost waits for memory"] = (sequences, extra) => 10 + 0.1 * (sequences + extra),
        ["between"] = (sequences, extra) => Math.Max(10, 2.5 * (sequences + extra)),
        ["bound by arithmetic"] = (sequences, extra) => sequences + extra,
        ["has a slow path for several tokens"] = (sequences, extra) => extra == 0 ? 10 + sequences : 15 + 1.5 * (sequences + extra),
        ["gets slower"] = (sequences, extra) => 10 * Slower() + 0.5 * (sequences + extra),
        ["is noisy"] = (sequences, extra) => (10 + 0.5 * (sequences + extra)) * Noise(),
        ["is noisy and bound by arithmetic"] = (sequences, extra) => (sequences + extra) * Noise(),
    };

    // Of the engine's thread, and so of one run.
    [ThreadStatic]
    static Random? _noise;

    [ThreadStatic]
    static int _steps;

    public static TheoryData<string, string, int> AnyCase
    {
        get
        {
            var cases = new TheoryData<string, string, int>();
            foreach (var machine in Machines.Keys)
            {
                foreach (var text in AllTexts.Keys)
                {
                    foreach (var sequences in new[] { 1, 5, 16 })
                        cases.Add(machine, text, sequences);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(AnyCase))]
    public async Task Time_AnyTextOnAnyMachine_IsAtMost3PercentAboveThatWithoutGuesses(string machine, string text, int sequences)
    {
        var plain = await Seconds(machine, text, sequences, maxDraft: 0);
        var guessed = await Seconds(machine, text, sequences, maxDraft: 8);
        Assert.InRange(guessed / plain, 0, 1.03);
    }

    /// <summary>The first hundred tokens are new and guesses are at most 8: nothing is faster than 1500 / (100 + 1400 / 9) = 5.9 times.</summary>
    [Theory]
    [InlineData("waits for memory", 1, 5.5)]
    [InlineData("waits for memory", 16, 5.5)]
    [InlineData("almost waits for memory", 1, 5)]
    [InlineData("almost waits for memory", 16, 3)]
    [InlineData("between", 1, 3)]
    [InlineData("has a slow path for several tokens", 1, 2.7)]
    [InlineData("is noisy", 1, 4.5)]
    public async Task Time_OfACopy_IsAFractionWhereStepsAreBoundByMemory(string machine, int sequences, double gain)
    {
        var plain = await Seconds(machine, "copy", sequences, maxDraft: 0);
        var guessed = await Seconds(machine, "copy", sequences, maxDraft: 8);
        Assert.InRange(plain / guessed, gain, 6);
    }

    static double Slower() => 1 + _steps++ / 500.0;

    static double Noise() => 0.7 + 0.6 * (_noise ??= new Random(1)).NextDouble();

    static async Task<double> Seconds(string machine, string text, int sequences, int maxDraft)
    {
        using var ready = new ManualResetEventSlim();
        var clock = new ManualClock();
        int[][] texts = [.. Enumerable.Range(0, sequences).Select(AllTexts[text])];
        await using var engine = new Engine(new TextModel(texts, clock, (s, extra) =>
        {
            // All begin together, however slowly they are sent.
            ready.Wait();
            return Machines[machine](s, extra) / 1000;
        }), maxDraft, clock);
        var generations = texts.Select(t => engine.Submit(Requests.Of([t[0]], t.Length - 1))).ToArray();
        ready.Set();
        var outputs = await Task.WhenAll(generations.Select(Requests.Ids));
        for (var i = 0; i < sequences; i++)
            Assert.Equal(texts[i][1..], outputs[i]);
        return clock.Seconds;
    }
}
