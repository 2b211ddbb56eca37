using CsCheck;
using KernelDsl.Runtime.Engine;

namespace EngineTests.Speculation;

public class DrafterTests
{
    [Fact]
    public void Fill_RunSeenBefore_IsWhatFollowedIt() => Assert.Equal((3, "4 5 6 7"), Guess([1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3], 4));

    [Fact]
    public void Fill_SeenTwiceAlike_IsWhatFollowedLast() => Assert.Equal((2, "6 9 1"), Guess([1, 2, 5, 1, 2, 6, 9, 1, 2], 3));

    [Fact]
    public void Fill_EarlierPlaceAgreesFurtherBack_IsWhatFollowedThere() =>
        Assert.Equal((3, "4 9 8"), Guess([7, 1, 2, 4, 9, 8, 1, 2, 5, 7, 1, 2], 3));

    [Fact]
    public void Fill_Circle_GoesRoundIt() => Assert.Equal((5, "3 1 2 3 1 2 3 1"), Guess([1, 2, 3, 1, 2, 3, 1, 2], 8));

    [Fact]
    public void Fill_OneTokenRepeated_RepeatsIt() => Assert.Equal("5 5 5", Guess([5, 5, 5], 3).Draft);

    [Theory]
    [InlineData(1)]
    [InlineData(1, 2)]
    [InlineData(1, 2, 3, 2)]
    [InlineData(1, 1)]
    public void Match_NothingSeenTwice_IsNone(params int[] tokens) => Assert.Equal(0, DrafterOf(tokens).Match);

    /// <summary>A copy of records that all hold the same phrase: the last place of the phrase is the record before, which goes on differently.</summary>
    [Fact]
    public void Fill_CopyWithARepeatedPhrase_FollowsTheCopy()
    {
        int[] record(int i) => [50, 51, 52, 53, 54, i];
        int[] list = [.. Enumerable.Range(1, 6).SelectMany(record)];
        var (match, draft) = Guess([.. list, 40, 41, .. list.Take(17)], 7);
        Assert.Equal("3 50 51 52 53 54 4", draft);
        Assert.Equal(17, match);
    }

    /// <summary>Against the definition, searched naively: the guess follows a true match, and none is missed.</summary>
    [Fact]
    public void Match_AnyText_IsATrueMatchAndNeverMissed() => Gen.Int[2, 12].SelectMany(ids => Gen.Int[0, ids].Array[1, 300]).Sample(tokens =>
    {
        var sequence = new Sequence(Requests.Of([tokens[0]], maxTokens: null), 0, 400, seed: 1);
        var drafter = new Drafter(sequence, new HitRates());
        for (var length = 1; length <= tokens.Length; length++)
        {
            if (length > 1)
                Extend(sequence, tokens[length - 1]);
            drafter.Update();
            var known = tokens[..length];
            var longest = Enumerable.Range(1, length - 1).Max(end => (int?)Agreement(known, end)) ?? 0;
            // Beyond 4 tokens only the last place of the run of 4 is compared, and the place that is followed.
            if (longest < 2)
                Assert.Equal(0, drafter.Match);
            else
                Assert.InRange(drafter.Match, Math.Min(longest, 4), longest);
            if (drafter.Match == 0)
                continue;

            var draft = new int[1];
            drafter.Fill(draft);
            Assert.Contains(Enumerable.Range(1, length - 1), end => Agreement(known, end) >= drafter.Match && known[end] == draft[0]);
        }
    }, iter: 300);

    [Fact]
    public void Chance_LearnsFromEveryToken_AlsoWhereNothingWasDrafted()
    {
        var circle = new Sequence(Requests.Of([1, 2, 3, 1, 2, 3], maxTokens: null), 0, 400, seed: 1);
        var drafter = new Drafter(circle, new HitRates());
        for (var i = 0; i < 200; i++)
            Extend(circle, 1 + i % 3);
        drafter.Update();
        Assert.InRange(drafter.Chance(0), 0.97, 1);

        var odd = new Sequence(Requests.Of([1, 2, 3, 1, 2, 3], maxTokens: null), 0, 400, seed: 1);
        drafter = new Drafter(odd, new HitRates());
        var draft = new int[1];
        for (var i = 0; i < 200; i++)
        {
            drafter.Update();
            if (drafter.Match > 0)
                drafter.Fill(draft);
            Extend(odd, (draft[0] + 1) % 4);
        }

        Assert.InRange(drafter.Chance(0), 0, 0.1);
    }

    [Fact]
    public void Update_BetweenDoublings_AllocatesNothing()
    {
        var sequence = new Sequence(Requests.Of(Requests.Prompt(1, 100), maxTokens: null), 0, 4096, seed: 1);
        var drafter = new Drafter(sequence, new HitRates());
        var draft = new int[8];
        long before = 0;
        // The index doubles when it holds 1/4 more tokens than a power of two: at 641 and 1281.
        for (var i = 100; i < 1200; i++)
        {
            Extend(sequence, i % 17);
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            drafter.Update();
            if (drafter.Match > 0)
                drafter.Fill(draft);
            before += i > 1050 ? GC.GetAllocatedBytesForCurrentThread() - allocated : 0;
        }

        Assert.Equal(0, before);
    }

    static (int Match, string Draft) Guess(int[] tokens, int count)
    {
        var drafter = DrafterOf(tokens);
        var draft = new int[count];
        drafter.Fill(draft);
        return (drafter.Match, string.Join(' ', draft));
    }

    static Drafter DrafterOf(int[] tokens)
    {
        var drafter = new Drafter(new Sequence(Requests.Of(tokens), 0, 400, seed: 1), new HitRates());
        drafter.Update();
        return drafter;
    }

    static void Extend(Sequence sequence, int id)
    {
        sequence.Advance(sequence.Pending);
        sequence.Append(id);
    }

    /// <summary>How many of the last tokens also end before a position.</summary>
    static int Agreement(int[] tokens, int end)
    {
        var length = 0;
        while (length < end && tokens[end - 1 - length] == tokens[^(1 + length)])
            length++;
        return length;
    }
}
