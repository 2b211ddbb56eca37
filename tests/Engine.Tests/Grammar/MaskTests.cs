using System.Text;
using System.Text.Json;
using CsCheck;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Grammar;
using KernelDsl.Runtime.Grammar.Automaton;
using KernelDsl.Runtime.Grammar.Tokens;

namespace EngineTests.Grammar;

/// <summary>The two laws of masks: what they let through is whole, and they let everything through that can become so.</summary>
public class MaskTests
{
    const string Hello = """{"type":"object","properties":{"a":{"type":"string","maxLength":300},"b":{"type":"array","items":{"$ref":"#"}}},"required":["a"],"additionalProperties":true}""";

    [Fact]
    public void RandomTokens_UnderTheMask_BecomeAValidDocument() =>
        Gen.Select(RandomSchema.Any, TokenVocabulary.Any, Gen.Int).Sample((schema, vocabulary, seed) =>
        {
            var document = JsonDocument.Parse(schema).RootElement;
            if (Compile(schema, vocabulary) is not { } constraint)
                return;
            var text = Walk(constraint, vocabulary, new Random(seed));
            var value = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 1000 }).RootElement;
            Assert.True(NaiveValidator.IsValid(value, document, document), $"{schema}\n{Encoding.UTF8.GetString(text)}");
        }, iter: 400);

    [Fact]
    public void Mask_AtAnyPlace_IsExact() => Gen.Select(RandomSchema.Any, TokenVocabulary.Any, Gen.Int).Sample((schema, vocabulary, seed) =>
    {
        if (Compile(schema, vocabulary) is { } constraint)
            CheckExact(constraint, GrammarData.Schema(schema), vocabulary, new Random(seed), steps: 12);
    }, iter: 150);

    [Theory]
    [InlineData("root ::= (\"a\" | \"ab\" | [a-c]+ \"d\")* x?\nx ::= \"(\" x \")\" x | \"é\"+")]
    [InlineData("root ::= ([a-z] | \"é\"){0,400} \"!\"")]
    [InlineData("root ::= a | b\na ::= \"x\" a \"y\" | \"\"\nb ::= \"x\" b \"yy\" | \"\"")]
    public void Mask_OfAGrammar_IsExact(string gbnf)
    {
        for (var seed = 0; seed < 20; seed++)
            CheckExact(new GrammarConstraint(Grammars.OfGbnf(gbnf), TokenVocabulary.Full), Grammars.OfGbnf(gbnf), TokenVocabulary.Full, new Random(seed), steps: 30);
    }

    [Fact]
    public void Mask_InsideALongCount_IsExactNearItsEnds()
    {
        var rules = GrammarData.Schema(Hello);
        var constraint = new GrammarConstraint(rules, TokenVocabulary.Full);
        foreach (var length in (int[])[0, 1, 150, 168, 171, 172, 173, 200, 297, 298, 299, 300])
        {
            var state = constraint.Start();
            var text = "{\"a\":\"" + new string('x', length);
            foreach (var b in Encoding.UTF8.GetBytes(text))
                state.Accept(b);
            CheckMask(state, new Machine(rules), Encoding.UTF8.GetBytes(text), TokenVocabulary.Full);
        }
    }

    [Fact]
    public void Masks_WhenMemoryRunsOut_AreFoundAnew()
    {
        // Every depth is a new state with its own mask: 400 of them are more than a grammar may keep.
        var vocabulary = TokenVocabulary.Of([.. Enumerable.Range(0, (int)GrammarLimits.CachedBytes * 8 / 300).Select(i => Encoding.UTF8.GetBytes($"#{i}"))]);
        var constraint = new GrammarConstraint(GrammarData.Schema("true"), vocabulary);
        var state = constraint.Start();
        for (var depth = 0; depth < 200; depth++)
        {
            Assert.True(state.Allowed.Has('['));
            Assert.False(state.Allowed.Has('}'));
            state.Accept('[');
        }

        for (var depth = 0; depth < 200; depth++)
        {
            Assert.True(state.Allowed.Has(']'));
            state.Accept(']');
        }

        Assert.True(state.MayEnd);
        Assert.False(state.Allowed.Has(']'));
    }

    [Fact]
    public void Grammar_ThatNeverEndsBeingAmbiguous_FailsInsteadOfHanging()
    {
        // Each character doubles the ways to have read the text.
        var constraint = new GrammarConstraint(Grammars.OfGbnf("root ::= s\ns ::= \"a\" s \"b\" | \"a\" s \"c\" | \"a\" t \"d\" | \"x\"\nt ::= \"a\" s \"e\" | \"a\" t \"f\" | \"x\""), TokenVocabulary.Full);
        var state = constraint.Start();
        var error = Assert.Throws<GenerationException>(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                _ = state.Allowed;
                state.Accept('a');
            }
        });
        Assert.Equal(GenerationError.ConstraintFailed, error.Error);
    }

    [Fact]
    public void Constraint_UsedByManyThreads_AnswersThemAll()
    {
        var constraint = new GrammarConstraint(GrammarData.Schema(Hello), TokenVocabulary.Full);
        Parallel.For(0, 16, seed => JsonDocument.Parse(Walk(constraint, TokenVocabulary.Full, new Random(seed)), new JsonDocumentOptions { MaxDepth = 1000 }));
    }

    static GrammarConstraint? Compile(string schema, TokenTrie vocabulary)
    {
        try
        {
            return new GrammarConstraint(GrammarData.Schema(schema), vocabulary);
        }
        catch (GrammarException e) when (e.Message.StartsWith("No text", StringComparison.Ordinal) || e.Message.Contains("has an enumeration of arrays", StringComparison.Ordinal))
        {
            return null;
        }
    }

    /// <summary>Random tokens while the document may grow, then those that bring it to its end.</summary>
    static byte[] Walk(GrammarConstraint constraint, TokenTrie vocabulary, Random random)
    {
        var state = constraint.Start();
        var text = new List<byte>();
        while (true)
        {
            var ids = state.Allowed.Ids();
            Assert.True(ids.Count > 0 || state.MayEnd, Encoding.UTF8.GetString([.. text]));
            if (ids.Count == 0 || (state.MayEnd && random.Next(3) == 0))
                return [.. text];
            // Closing marks more often than not, or documents never end; a long one takes every end that it is offered, since commas lead on.
            var isLong = text.Count > 300;
            int[] ends = isLong ? [.. ids.Where(id => id is '"' or '}' or ']')] : [];
            int[] closing = ends.Length > 0 ? ends : [.. ids.Where(id => id is '"' or '}' or ']' or ',' or ':' || (id is >= '0' and <= '9'))];
            var id = closing.Length > 0 && random.Next(isLong ? 20 : 2) > 0 ? closing[random.Next(closing.Length)] : ids[random.Next(ids.Count)];
            text.AddRange(vocabulary.Text(id));
            Assert.True(text.Count < 100_000, "the document does not end");
            state.Accept(id);
        }
    }

    static void CheckExact(GrammarConstraint constraint, RuleSet rules, TokenTrie vocabulary, Random random, int steps)
    {
        var state = constraint.Start();
        var text = new List<byte>();
        for (var step = 0; step < steps; step++)
        {
            CheckMask(state, new Machine(rules), [.. text], vocabulary);
            var ids = state.Allowed.Ids();
            if (ids.Count == 0)
                return;
            var id = ids[random.Next(ids.Count)];
            text.AddRange(vocabulary.Text(id));
            state.Accept(id);
        }
    }

    /// <summary>Each token against the automaton, byte by byte from the text's start, with nothing kept.</summary>
    static void CheckMask(IConstraintState state, Machine machine, byte[] text, TokenTrie vocabulary)
    {
        var at = text.Aggregate(machine.Start, machine.Next);
        Assert.Equal(at.Ends, state.MayEnd);
        for (var id = 0; id < vocabulary.Count; id++)
        {
            var after = at;
            foreach (var b in vocabulary.Text(id))
                after = machine.Next(after, b);
            Assert.True(state.Allowed.Has(id) == (!after.IsDead && vocabulary.Text(id).Length > 0), $"token {id} after {Encoding.UTF8.GetString(text)}");
        }
    }
}
