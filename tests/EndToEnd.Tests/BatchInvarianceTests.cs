using KernelDsl.Runtime.Engine;

namespace EndToEndTests;

/// <summary>Engine over Qwen2 over the CPU back end: what a prompt gives is bit for bit the same whatever else happens.</summary>
public class BatchInvarianceTests(BatchInvarianceTests.Alone alone) : IClassFixture<BatchInvarianceTests.Alone>
{
    const int Tokens = 64;

    /// <summary>Sixteen prompts, of 1 to some 150 tokens.</summary>
    static readonly int[][] Prompts =
    [
        .. Demo.Goldens.Select(g => g.Prompt).Take(13),
        .. Enumerable.Range(1, 16).Select(i => Demo.Goldens.SelectMany(g => g.Prompt).Skip(7 * i).Take(1 + 9 * (i - 1)).ToArray()),
    ];

    static readonly EngineOptions Roomy = new() { MaxBatch = 16, PageSize = 16, ContextLength = 256, KvBytes = 64 << 20 };

    /// <summary>Each prompt with the engine for itself.</summary>
    public sealed class Alone : IAsyncLifetime
    {
        internal List<Output> Outputs { get; } = [];

        public async Task InitializeAsync()
        {
            await using var demo = new Demo(Roomy);
            foreach (var prompt in Prompts.Take(16))
                Outputs.AddRange(await demo.Generate([prompt], Tokens));
        }

        public Task DisposeAsync() => Task.CompletedTask;
    }

    public static TheoryData<string, EngineOptions, bool> Circumstances => new()
    {
        { "page size 16", Roomy, false },
        { "page size 128", Roomy with { PageSize = 128 }, false },
        { "chunks of few tokens", Roomy with { MaxTokensPerStep = 19 }, false },
        { "batches of five", Roomy with { MaxBatch = 5, MaxTokensPerStep = 64 }, false },
        // Room for little more than one sequence of full length.
        { "forced preemption", Roomy with { KvBytes = 20 * 16 * 6144 }, true },
    };

    [Theory]
    [MemberData(nameof(Circumstances), DisableDiscoveryEnumeration = true)]
    public async Task Greedy_SixteenAtOnce_IsBitIdenticalToAlone(string circumstance, EngineOptions options, bool preempts)
    {
        await using var demo = new Demo(options);

        var outputs = await demo.Generate(Prompts.Take(16), Tokens);

        Assert.True(preempts == demo.Engine.Preemptions > 0, $"{circumstance}: {demo.Engine.Preemptions} preemptions");
        for (var i = 0; i < outputs.Length; i++)
        {
            Assert.Equal(Tokens, outputs[i].Ids.Count);
            Assert.Equal(alone.Outputs[i].Ids, outputs[i].Ids);
            Assert.Equal(alone.Outputs[i].Bits, outputs[i].Bits);
        }
    }

    [Fact]
    public async Task Greedy_GoldenPrompts_ContinueAsTheTrainingProgramDid()
    {
        await using var demo = new Demo(new EngineOptions());
        var outputs = await demo.Generate(Demo.Goldens.Select(g => g.Prompt), Tokens);
        Assert.Equal(Demo.Goldens.Select(g => g.Greedy), outputs.Select(o => o.Ids.ToArray()));
    }
}
