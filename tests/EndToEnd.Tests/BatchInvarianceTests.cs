using KernelDsl.Runtime.Engine;

namespace EndToEndTests;

/// <summary>Engine over Qwen2 over the CPU back end: what a prompt gives is bit for bit the same whatever else happens.</summary>
public class BatchInvarianceTests(BatchInvarianceTests.Alone alone) : IClassFixture<BatchInvarianceTests.Alone>
{
    const int Tokens = 40;

    /// <summary>
    /// Sixteen prompts; the longest crosses the span at which attention is cut. It comes first: while it is computed the others arrive, so
    /// that they meet in one batch however fast the machine is.
    /// </summary>
    static readonly int[][] Prompts = [Text(600), Text(129), Text(16), Text(1), .. Demo.Goldens.Take(12).Select(g => g.Prompt)];

    static readonly EngineOptions Roomy = new() { MaxBatch = 16, PageSize = 16, ContextLength = 768, KvBytes = 64 << 20 };

    /// <summary>Each prompt with the engine for itself.</summary>
    public sealed class Alone : IAsyncLifetime
    {
        internal List<Output> Outputs { get; } = [];

        public async Task InitializeAsync()
        {
            await using var demo = new Demo(Roomy);
            foreach (var prompt in Prompts)
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
        // Little more than one sequence of full length; a token takes 2 (K, V) x 6 layers x 2 heads x 64 lanes x 2 bytes.
        { "forced preemption", Roomy with { KvBytes = (768 + 128) * 3072 }, true },
    };

    [Theory]
    [MemberData(nameof(Circumstances), DisableDiscoveryEnumeration = true)]
    public async Task Greedy_SixteenAtOnce_IsBitIdenticalToAlone(string circumstance, EngineOptions options, bool preempts)
    {
        await using var demo = new Demo(options);

        var outputs = await demo.Generate(Prompts, Tokens);

        Assert.True(preempts == demo.Engine.Preemptions > 0, $"{circumstance}: {demo.Engine.Preemptions} preemptions");
        for (var i = 0; i < outputs.Length; i++)
        {
            Assert.Equal(Tokens, outputs[i].Ids.Count);
            Assert.Equal(alone.Outputs[i].Ids, outputs[i].Ids);
            Assert.Equal(alone.Outputs[i].Bits, outputs[i].Bits);
        }
    }

    static int[] Text(int length) => [.. Demo.Goldens.SelectMany(g => g.Prompt.Concat(g.Greedy)).Take(length)];
}
