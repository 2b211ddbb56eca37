using System.Text;
using CsCheck;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Grammar;
using KernelDsl.Runtime.Grammar.Tokens;
using KernelDsl.Runtime.Model;
using KernelDsl.Testing;

namespace EngineTests.Grammar;

/// <summary>Constraints in the engine: with guesses, log probabilities, preemption, and next to others.</summary>
public class ConstrainedEngineTests
{
    const int End = 60;

    static readonly ModelLimits Small = HashModel.SmallLimits;

    // Ids of the hash model's vocabulary as text; the ones above the sampled vocabulary are in no token.
    static readonly string[] s_texts = [.. "{}[]:,\"0123456789abcdefghijklmn .-".Select(c => c.ToString()), "{\"", "\":", "\",\"", "true", "null", "\"}", "ab", "cd", "12", "00", "[[", "]]", "\\n", "e1", "false", "x", "y", "z", "\n", "u", "r", "s", "t", "l"];

    static readonly TokenTrie s_vocabulary = new([.. Enumerable.Range(0, Small.VocabularySize).Select(id => id < End && id < s_texts.Length ? Encoding.UTF8.GetBytes(s_texts[id]) : [])]);

    static readonly GrammarConstraint s_json = new(Grammars.OfJsonObject(), s_vocabulary);
    static readonly GrammarConstraint s_digits = new(Grammars.OfRegex("[0-9]{5,}"), s_vocabulary);

    static GenerationRequest Of(int seed, ITokenConstraint? constraint, SamplingOptions? sampling = null, int? most = 40) =>
        Requests.Of(Requests.Prompt(seed, 3 + seed), most, sampling) with { Constraint = constraint, StopTokens = [End], TopLogProbs = 2 };

    static string Text(IEnumerable<GeneratedToken> tokens) => string.Concat(tokens.Where(t => t.Id != End).Select(t => s_texts[t.Id]));

    static readonly Gen<SamplingOptions> s_sampling =
        from temperature in Pick.Of(0f, 0.5f, 1.5f)
        from topK in Pick.Of(0, 2, 20)
        from topP in Pick.Of(1f, 0.7f)
        from minP in Pick.Of(0f, 0.1f)
        from repetition in Pick.Of(1f, 1.3f)
        from bias in Pick.Of(0f, 5f)
        from seed in Gen.ULong
        select new SamplingOptions { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP, RepetitionPenalty = repetition, Seed = seed, LogitBias = new Dictionary<int, float> { [7] = bias } };

    [Fact]
    public Task Tokens_OfAnySampling_StayInTheGrammar() => Gen.Select(s_sampling, Gen.Int[0, 50]).SampleAsync(async (sampling, seed) =>
    {
        await using var engine = new Engine(new HashModel(Small));
        var tokens = await Requests.Read(engine.Submit(Of(seed, s_json, sampling)));
        CheckPath(s_json, tokens);
        Assert.All(tokens, t => Assert.True(float.IsFinite(t.LogProbs!.LogProb)));
    }, iter: 40, threads: 1);

    /// <summary>Each token was allowed when it was chosen, and a stop came only where the text may end.</summary>
    static void CheckPath(ITokenConstraint constraint, List<GeneratedToken> tokens)
    {
        var state = constraint.Start();
        foreach (var token in tokens)
        {
            if (token.Id == End)
            {
                Assert.True(state.MayEnd);
                return;
            }

            Assert.True(state.Allowed.Has(token.Id), Text(tokens));
            state.Accept(token.Id);
        }
    }

    [Fact]
    public async Task Output_InAMix_IsTheSameAloneWithGuessesAndAfterPreemption()
    {
        GenerationRequest[] requests = [.. Enumerable.Range(0, 12).Select(i =>
            Of(i, (i % 3) switch { 0 => s_json, 1 => s_digits, _ => null }, new SamplingOptions { Temperature = i % 2, Seed = (ulong)i }, most: 60))];
        async Task<List<GeneratedToken>[]> Run(ModelLimits limits, int maxDraft, bool together, bool preempts)
        {
            await using var engine = new Engine(new HashModel(limits) { Habit = 4 }, maxDraft);
            var outputs = new List<GeneratedToken>[requests.Length];
            if (together)
                outputs = await Task.WhenAll(requests.Select(r => Requests.Read(engine.Submit(r))));
            else
            {
                for (var i = 0; i < requests.Length; i++)
                    outputs[i] = await Requests.Read(engine.Submit(requests[i]));
            }

            Assert.Equal(preempts, engine.Preemptions > 0);
            return outputs;
        }

        var alone = await Run(Small, maxDraft: 0, together: false, preempts: false);
        for (var i = 0; i < requests.Length; i++)
        {
            if (requests[i].Constraint is { } constraint)
                CheckPath(constraint, alone[i]);
        }

        foreach (var (limits, maxDraft, preempts) in ((ModelLimits, int, bool)[])[(Small, 0, false), (Small, 8, false), (Small with { PageSize = 4, PageCount = 64 }, 8, true)])
        {
            var outputs = await Run(limits, maxDraft, together: true, preempts);
            for (var i = 0; i < requests.Length; i++)
            {
                Assert.Equal(alone[i].Select(t => (t.Id, t.Finish, t.LogProbs!.LogProb)), outputs[i].Select(t => (t.Id, t.Finish, t.LogProbs!.LogProb)));
            }
        }
    }

    [Fact]
    public async Task Guesses_UnderAConstraint_AreAcceptedAndChangeNothing()
    {
        // One way to go on nearly always: the model repeats itself, and guesses come true.
        var rows = new GrammarConstraint(Grammars.OfRegex("(\\[12,true\\]\n){20}"), s_vocabulary);
        async Task<(List<int>, long)> Run(int maxDraft)
        {
            await using var engine = new Engine(new HashModel(Small), maxDraft, new Speculation.ManualClock { Step = 1 });
            return (await Requests.Ids(engine.Submit(Of(1, rows, most: 200))), engine.Speculation.Accepted);
        }

        var (plain, _) = await Run(0);
        var (guessed, accepted) = await Run(8);
        Assert.Equal(plain, guessed);
        Assert.Equal(End, plain[^1]);
        Assert.True(accepted > 10, $"{accepted}");
    }

    [Fact]
    public async Task DeadEnd_EndsOnlyItsRequest()
    {
        // No token has an @.
        var impossible = new GrammarConstraint(Grammars.OfRegex("1@"), s_vocabulary);
        await using var engine = new Engine(new HashModel(Small));
        var other = Requests.Of(Requests.Prompt(5, 20), 40);
        var bad = engine.Submit(Of(1, impossible));
        var good = engine.Submit(other);
        var error = await Assert.ThrowsAsync<GenerationException>(() => Requests.Read(bad));
        Assert.Equal(GenerationError.ConstraintFailed, error.Error);
        Assert.Equal(HashModel.Greedy(other.Prompt.ToArray(), 40, Small), await Requests.Ids(good));
        Assert.Equal(new EngineStatus(0, 0, Small.PageCount, Small.PageCount), engine.Status);
    }

    [Fact]
    public async Task End_ComesAsSoonAsNothingElseMay_EvenWhenStopsAreIgnored()
    {
        var two = new GrammarConstraint(Grammars.OfChoice(["12", "true"]), s_vocabulary);
        await using var engine = new Engine(new HashModel(Small));
        var tokens = await Requests.Read(engine.Submit(Of(2, two) with { IgnoreStop = true }));
        Assert.Equal((End, FinishReason.Stop), (tokens[^1].Id, tokens[^1].Finish));
        Assert.Contains(Text(tokens), (string[])["12", "true"]);
    }

    [Fact]
    public async Task LogProbs_UnderAConstraint_AreThoseOfTheUnmodifiedDistribution()
    {
        await using var engine = new Engine(new HashModel(Small));
        var request = Of(4, s_digits, most: 1);
        var token = Assert.Single(await Requests.Read(engine.Submit(request)));
        var logits = HashModel.LogitsAfter(request.Prompt.ToArray(), Small)[..Small.SampledVocabularySize];
        Assert.Equal(logits[token.Id] - Math.Log(logits.Sum(l => Math.Exp(l))), token.LogProbs!.LogProb, 1e-4);
        Assert.Equal(Array.IndexOf(logits, logits.Max()), token.LogProbs.Top[0].Id);
    }

    [Fact]
    public void Constraint_WithoutStopTokens_IsRefused() => Assert.Equal("StopTokens",
        Assert.Throws<RequestException>(() => RequestValidator.Validate(Of(1, s_json) with { StopTokens = [] }, new EngineLimits(256, 67, 61, 20))).Field);
}
