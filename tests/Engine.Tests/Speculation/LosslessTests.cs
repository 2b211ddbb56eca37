using CsCheck;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;
using KernelDsl.Testing;

namespace EngineTests.Speculation;

/// <summary>With guesses or without, a request gives the same tokens with the same scores, bit for bit.</summary>
public class LosslessTests
{
    const int Context = 96;

    static readonly Gen<SamplingOptions> Sampling =
        from temperature in Any(0f, 0f, 0.3f, 1f)
        from topK in Any(0, 3, 20)
        from topP in Any(1f, 0.8f)
        from minP in Any(0f, 0.05f)
        from repetition in Any(1f, 1f, 1.2f)
        from frequency in Any(0f, 0f, 0.7f)
        from presence in Any(0f, 0f, -0.5f)
        from bias in Any<int?>(null, null, 5)
        from seed in Gen.ULong
        select new SamplingOptions
        {
            Temperature = temperature,
            TopK = topK,
            TopP = topP,
            MinP = minP,
            RepetitionPenalty = repetition,
            FrequencyPenalty = frequency,
            PresencePenalty = presence,
            LogitBias = bias is { } id ? new Dictionary<int, float> { [id] = 3 } : null,
            Seed = seed,
        };

    static readonly Gen<int[]> Prompt =
        from motif in Gen.Int[0, 60].Array[1, 9]
        from length in Gen.Int[1, 60]
        from typo in Gen.Int[0, 59]
        select Enumerable.Range(0, length).Select(i => i == typo ? 60 : motif[i % motif.Length]).ToArray();

    static readonly Gen<(GenerationRequest Request, int? CancelAfter)> Request =
        from prompt in Prompt
        from sampling in Sampling
        from most in Gen.OneOf(Gen.Int[1, 80].Select(n => (int?)n), Gen.Const((int?)null))
        from top in Any<int?>(null, 0, 4)
        from scores in Any(false, false, true)
        from stops in Gen.Int[0, 60].Array[0, 2]
        from cancel in Any<int?>(null, null, null, 7)
        select (Requests.Of(prompt, most, sampling) with { TopLogProbs = top, PromptLogProbs = scores, StopTokens = stops }, cancel);

    static readonly Gen<ModelLimits> Limits =
        from sequences in Gen.Int[1, 8]
        from tokens in Gen.Int[0, 40]
        from rows in Gen.Int[0, 30]
        from size in Any(1, 4, 16)
        from spare in Gen.Int[0, 40]
        select HashModel.SmallLimits with
        {
            ContextLength = Context,
            MaxSequences = sequences,
            MaxTokens = sequences + tokens,
            MaxLogitRows = sequences + rows,
            PageSize = size,
            PageCount = Context / size + spare / size,
        };

    [Fact]
    public async Task Outputs_AnyRequestsInAnyMix_AreThoseWithoutGuesses()
    {
        long accepted = 0, drafted = 0, preemptions = 0;
        await Gen.Select(Limits, Any(0f, 2f, 4f, 8f), Gen.Int[1, 9], Request.Array[1, 12]).SampleAsync(async (limits, habit, maxDraft, requests) =>
        {
            var (plain, _) = await Run(limits, habit, maxDraft: 0, requests);
            var (guessed, engine) = await Run(limits, habit, maxDraft, requests);
            for (var i = 0; i < requests.Length; i++)
                AssertSame(plain[i], guessed[i], requests[i].CancelAfter);
            Interlocked.Add(ref accepted, engine.Speculation.Accepted);
            Interlocked.Add(ref drafted, engine.Speculation.Drafted);
            Interlocked.Add(ref preemptions, engine.Preemptions);
        }, iter: 400);

        // The scenarios do reach what they are to test.
        Assert.InRange(accepted, 1000, drafted - 1000);
        Assert.True(preemptions > 100, $"{preemptions} preemptions");
    }

    [Fact]
    public async Task Step_FailsOnAGuess_IsDoneAgainWithoutIt()
    {
        // A guess comes from the sequence's own text: 9 is in the prompt, but is not what the model says.
        int[] prompt = [1, 2, 3, 9, 1, 2, 3, 9, 1, 2, 3];
        async Task<List<int>> Ids(int maxDraft)
        {
            await using var engine = new Engine(new HashModel(HashModel.SmallLimits)
            {
                OnStep = (int step, in StepInputs inputs) =>
                {
                    if (step > 0 && inputs.Tokens.Length > inputs.Lengths.Length)
                        throw new InvalidOperationException("no guesses here");
                },
            }, maxDraft, new ManualClock { Step = 1 });
            return await Requests.Ids(engine.Submit(Requests.Of(prompt, 60, new() { Temperature = 0, LogitBias = new Dictionary<int, float> { [9] = 100, [8] = 99 } })));
        }

        Assert.Equal(await Ids(0), await Ids(8));
    }

    static Gen<T> Any<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    static async Task<((List<GeneratedToken> Tokens, IReadOnlyList<TokenLogProbs?>? Prompt)[], Engine)> Run(
        ModelLimits limits, float habit, int maxDraft, (GenerationRequest Request, int? CancelAfter)[] requests)
    {
        await using var engine = new Engine(new HashModel(limits) { Habit = habit }, maxDraft, new ManualClock { Step = 1 });
        var outputs = await Task.WhenAll(requests.Select(async r =>
        {
            var generation = engine.Submit(r.Request);
            var tokens = new List<GeneratedToken>();
            await foreach (var token in generation.Tokens.ReadAllAsync())
            {
                tokens.Add(token);
                if (tokens.Count == r.CancelAfter)
                    generation.Cancel();
            }

            return (tokens, generation.PromptLogProbs);
        }));
        // Idle: the engine has audited its pool, and stops when the books are wrong.
        Assert.Equal(new EngineStatus(0, 0, limits.PageCount, limits.PageCount), engine.Status);
        await engine.DrainAsync(CancellationToken.None);
        return (outputs, engine);
    }

    static void AssertSame(
        (List<GeneratedToken> Tokens, IReadOnlyList<TokenLogProbs?>? Prompt) expected, (List<GeneratedToken> Tokens, IReadOnlyList<TokenLogProbs?>? Prompt) actual, int? cancelAfter)
    {
        var (tokens, others) = (expected.Tokens.Select(Text).ToArray(), actual.Tokens.Select(Text).ToArray());
        if (cancelAfter is not null)
        {
            // How far it got before the engine heard of it is a matter of time.
            var common = Math.Min(tokens.Length, others.Length) - 1;
            (tokens, others) = (tokens[..common], others[..common]);
        }

        Assert.Equal(tokens, others);
        Assert.Equal(expected.Prompt?.Select(Text), actual.Prompt?.Select(Text));
    }

    static string Text(GeneratedToken token) => $"{token.Id} {token.Finish} {Text(token.LogProbs)}";

    static string Text(TokenLogProbs? scores) => scores is null ? "" :
        $"{scores.Id} {BitConverter.SingleToInt32Bits(scores.LogProb)} {string.Join(' ', scores.Top.Select(t => (t.Id, BitConverter.SingleToInt32Bits(t.LogProb))))}";
}
