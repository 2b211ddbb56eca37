using KernelDsl;
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

    static readonly EngineOptions Int8 = Roomy with { CacheFormat = CacheFormat.Int8 };

    /// <summary>Each prompt with the engine for itself.</summary>
    public sealed class Alone : IAsyncLifetime
    {
        internal Dictionary<CacheFormat, List<Output>> Outputs { get; } = [];

        public async Task InitializeAsync()
        {
            foreach (var format in Enum.GetValues<CacheFormat>())
            {
                await using var demo = new Demo(Roomy with { CacheFormat = format });
                Outputs[format] = [];
                foreach (var prompt in Prompts)
                    Outputs[format].AddRange(await demo.Generate([prompt], Tokens));
            }
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
        { "int8, page size 16", Int8, false },
        { "int8, page size 128", Int8 with { PageSize = 128 }, false },
        { "int8, chunks of few tokens", Int8 with { MaxTokensPerStep = 19 }, false },
        // 64 lanes x 1 byte and a scale of 4.
        { "int8, forced preemption", Int8 with { KvBytes = (768 + 128) * 1632 }, true },
    };

    [Theory]
    [MemberData(nameof(Circumstances), DisableDiscoveryEnumeration = true)]
    public async Task Greedy_SixteenAtOnce_IsBitIdenticalToAlone(string circumstance, EngineOptions options, bool preempts)
    {
        await using var demo = new Demo(options);
        var expected = alone.Outputs[options.CacheFormat];

        var outputs = await demo.Generate(Prompts, Tokens);

        Assert.True(preempts == demo.Engine.Preemptions > 0, $"{circumstance}: {demo.Engine.Preemptions} preemptions");
        for (var i = 0; i < outputs.Length; i++)
        {
            Assert.Equal(Tokens, outputs[i].Ids.Count);
            Assert.Equal(expected[i].Ids, outputs[i].Ids);
            Assert.Equal(expected[i].Bits, outputs[i].Bits);
        }
    }

    static int[] Text(int length) => [.. Demo.Goldens.SelectMany(g => g.Prompt.Concat(g.Greedy)).Take(length)];
}
