using CsCheck;
using KernelDsl.Runtime.Engine;

namespace EngineTests.Scheduling;

public class PagePoolTests
{
    const int Pages = 24, PageSize = 4, Sequences = 6;

    enum Act { Allocate, Release, Attach, Compute }

    static readonly Gen<(Act Act, int Who, int Size)[]> Acts =
        Gen.Select(Gen.Int[0, 3].Select(i => (Act)i), Gen.Int[0, Sequences - 1], Gen.Int[0, 60]).Array[0, 120];

    // Where a prompt leaves the one before it: many beginnings are alike.
    static readonly Gen<int[]> Forks = Gen.Int[0, 40].Array[Sequences];

    [Fact]
    public void Pool_AnyHistory_AgreesWithSetsOfPages() => Gen.Select(Acts, Forks, Gen.Bool).Sample((acts, forks, prefixes) =>
    {
        var pool = new PagePool(Pages, PageSize, prefixes);
        var prompts = Prompts(forks);
        var sequences = prompts.Select((p, i) => new Sequence(Requests.Of(p), i, 256, 1)).ToArray();
        var held = Enumerable.Range(0, Sequences).Select(_ => new List<int>()).ToArray();
        // What each position of the cache was computed from: all tokens up to it.
        var content = new string?[Pages * PageSize];

        foreach (var (act, who, size) in acts)
        {
            var (sequence, mine) = (sequences[who], held[who]);
            var free = Pages - held.SelectMany(p => p).Distinct().Count();
            switch (act)
            {
                case Act.Allocate:
                    var missing = Math.Max(0, (size + PageSize - 1) / PageSize - mine.Count);
                    Assert.Equal(missing <= free, pool.TryAllocate(sequence, size, out var added));
                    Assert.Equal(missing <= free ? missing : 0, added);
                    var taken = sequence.Pages[mine.Count..].ToArray();
                    Assert.Equal(added, taken.Distinct().Count());
                    Assert.DoesNotContain(taken, page => held.Any(p => p.Contains(page)));
                    mine.AddRange(taken);
                    break;
                case Act.Release:
                    pool.Release(sequence);
                    Assert.Equal(0, sequence.Computed);
                    mine.Clear();
                    break;
                case Act.Attach when mine.Count == 0:
                    var tokens = pool.Attach(sequence);
                    Assert.True(tokens == 0 || prefixes);
                    Assert.Equal(tokens, sequence.Computed);
                    Assert.Equal(tokens, sequence.PageCount * PageSize);
                    mine.AddRange(sequence.Pages);
                    break;
                case Act.Compute when Math.Min(mine.Count * PageSize, sequence.Length - 1) is var end && end > sequence.Computed:
                    for (var i = sequence.Computed; i < end; i++)
                        content[mine[i / PageSize] * PageSize + i % PageSize] = Text(prompts[who], i);
                    sequence.Advance(end - sequence.Computed);
                    pool.Publish(sequence);
                    break;
            }

            Assert.Equal(mine, sequence.Pages.ToArray());
            Assert.All(Enumerable.Range(0, sequence.Computed), i => Assert.Equal(Text(prompts[who], i), content[mine[i / PageSize] * PageSize + i % PageSize]));
            Assert.Equal(Pages - held.SelectMany(p => p).Distinct().Count(), pool.Free);
            Assert.InRange(pool.Cached, 0, prefixes ? pool.Free : 0);
            pool.Audit(sequences);
        }
    }, iter: 1000);

    [Fact]
    public void Attach_SameBeginning_HoldsItsFullPagesAndKeepsATokenToCompute()
    {
        var pool = new PagePool(8, PageSize, prefixCache: true);
        var (first, second) = (new Sequence(Requests.Of(new int[12]), 0, 64, 1), new Sequence(Requests.Of(new int[12]), 1, 64, 1));
        Assert.True(pool.TryAllocate(first, 12, out _));
        first.Advance(11);
        pool.Publish(first);

        Assert.Equal(8, pool.Attach(second));

        Assert.Equal(first.Pages[..2].ToArray(), second.Pages.ToArray());
        pool.Release(first);
        pool.Release(second);
        Assert.Equal((8, 2), (pool.Free, pool.Cached));
    }

    [Fact]
    public void Attach_PromptWhoseScoresAreWanted_ComputesAllOfIt()
    {
        var pool = new PagePool(8, PageSize, prefixCache: true);
        var first = Requests.Sequence(12, 1);
        Assert.True(pool.TryAllocate(first, 12, out _));
        first.Advance(11);
        pool.Publish(first);
        Assert.Equal(0, pool.Attach(Requests.Sequence(12, 1, scores: true)));
        Assert.Equal(8, pool.Attach(Requests.Sequence(12, 1)));
    }

    [Fact]
    public void Allocate_AllPagesKnown_ForgetsTheEndOfTheOldestTextFirst()
    {
        var pool = new PagePool(4, PageSize, prefixCache: true);
        var text = Requests.Prompt(1, 17);
        var first = new Sequence(Requests.Of(text), 0, 64, 1);
        Assert.True(pool.TryAllocate(first, 16, out _));
        first.Advance(16);
        pool.Publish(first);
        pool.Release(first);
        Assert.Equal(4, pool.Cached);

        Assert.True(pool.TryAllocate(Requests.Sequence(5, 1, order: 2), 5, out _));

        Assert.Equal(8, pool.Attach(new Sequence(Requests.Of(text), 3, 64, 1)));
    }

    [Fact]
    public void Audit_SequenceNotListed_NamesThePage()
    {
        var pool = new PagePool(4, PageSize);
        Assert.True(pool.TryAllocate(Requests.Sequence(8, 1), 8, out _));
        Assert.Contains("Page 0", Assert.Throws<InvalidOperationException>(() => pool.Audit([])).Message);
    }

    [Fact]
    public void Audit_SequenceOfAnotherPool_NamesThePage()
    {
        var stranger = Requests.Sequence(8, 1);
        Assert.True(new PagePool(4, PageSize).TryAllocate(stranger, 4, out _));
        Assert.Contains("Page 0", Assert.Throws<InvalidOperationException>(() => new PagePool(4, PageSize).Audit([stranger])).Message);
    }

    static int[][] Prompts(int[] forks)
    {
        var prompts = new int[Sequences][];
        for (var i = 0; i < Sequences; i++)
            prompts[i] = [.. Enumerable.Range(0, 60).Select(at => i > 0 && at < forks[i] ? prompts[i - 1][at] : i)];
        return prompts;
    }

    static string Text(int[] prompt, int last) => string.Join(' ', prompt.Take(last + 1));
}
