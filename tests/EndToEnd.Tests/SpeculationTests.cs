using KernelDsl;
using KernelDsl.Runtime.Engine;

namespace EndToEndTests;

/// <summary>Engine over Qwen2 over the CPU back end: guessing tokens ahead changes no bit of what a prompt gives.</summary>
public class SpeculationTests
{
    const int Tokens = 120;

    /// <summary>Every step takes as long as any other, so that all guesses that are likely enough are made, whatever the machine does.</summary>
    sealed class EvenClock : TimeProvider
    {
        long _now;

        public override long GetTimestamp() => Interlocked.Increment(ref _now);
    }

    /// <summary>Texts that were said before, over and over; the longest crosses the span at which attention is cut while it is continued.</summary>
    static readonly int[][] Prompts = [Repeated(0, 480), Repeated(1, 90), Repeated(2, 200)];

    public static TheoryData<SamplingOptions, CacheFormat> Samplings => new()
    {
        { new SamplingOptions { Temperature = 0 }, CacheFormat.BFloat16 },
        { new SamplingOptions { Temperature = 0.7f, TopP = 0.9f, TopK = 40, Seed = 5 }, CacheFormat.BFloat16 },
        { new SamplingOptions { Temperature = 0.4f, RepetitionPenalty = 1.02f, Seed = 6 }, CacheFormat.BFloat16 },
        { new SamplingOptions { Temperature = 0 }, CacheFormat.Int8 },
        { new SamplingOptions { Temperature = 0.7f, TopP = 0.9f, TopK = 40, Seed = 5 }, CacheFormat.Int8 },
    };

    [Theory]
    [MemberData(nameof(Samplings), DisableDiscoveryEnumeration = true)]
    public async Task Generate_TextThatRepeatsItself_IsBitIdenticalWithoutGuesses(SamplingOptions sampling, CacheFormat pages)
    {
        var options = new EngineOptions { MaxBatch = 4, PageSize = 16, ContextLength = 768, KvBytes = 64 << 20, CacheFormat = pages };
        await using var plain = new Demo(options with { MaxDraft = 0 });
        await using var guessing = new Demo(options, new EvenClock());

        var expected = await plain.Generate(Prompts, Tokens, sampling);
        var together = await guessing.Generate(Prompts, Tokens, sampling);
        var alone = new List<Output>();
        foreach (var prompt in Prompts)
            alone.AddRange(await guessing.Generate([prompt], Tokens, sampling));

        for (var i = 0; i < Prompts.Length; i++)
        {
            Assert.Equal(expected[i].Ids, together[i].Ids);
            Assert.Equal(expected[i].Bits, together[i].Bits);
            Assert.Equal(expected[i].Ids, alone[i].Ids);
            Assert.Equal(expected[i].Bits, alone[i].Bits);
        }

        Assert.Equal(default, plain.Engine.Speculation);
        // Some are right and some are not, so that both ways have been gone.
        Assert.InRange(guessing.Engine.Speculation.Accepted, 50, guessing.Engine.Speculation.Drafted - 10);
    }

    static int[] Repeated(int golden, int length)
    {
        int[] text = [.. Demo.Goldens[golden].Prompt, .. Demo.Goldens[golden].Greedy];
        return [.. Enumerable.Range(0, length).Select(i => text[i % text.Length])];
    }
}
