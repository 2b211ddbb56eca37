using CsCheck;
using KernelDsl.Runtime.Engine;

namespace EngineTests.Scheduling;

public class PagePoolTests
{
    const int Pages = 24, PageSize = 4, Sequences = 6;

    enum Act { Allocate, Release, Share, Compute }

    static readonly Gen<(Act Act, int Who, int Other, int Size)[]> Acts =
        Gen.Select(Gen.Int[0, 3].Select(i => (Act)i), Gen.Int[0, Sequences - 1], Gen.Int[0, Sequences - 1], Gen.Int[0, 60]).Array[0, 80];

    [Fact]
    public void Pool_AnyHistory_AgreesWithSetsOfPages() => Acts.Sample(acts =>
    {
        var pool = new PagePool(Pages, PageSize);
        // All prompts are alike, so that any of them may share.
        var sequences = Enumerable.Range(0, Sequences).Select(i => new Sequence(Requests.Of(new int[200]), i, 256, 1)).ToArray();
        var held = Enumerable.Range(0, Sequences).Select(_ => new List<int>()).ToArray();

        foreach (var (act, who, other, size) in acts)
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
                case Act.Share when who != other && mine.Count == 0:
                    var pages = Math.Min(size, sequences[other].Computed / PageSize);
                    pool.Share(sequences[other], sequence, pages);
                    mine.AddRange(held[other][..pages]);
                    Assert.Equal(pages * PageSize, sequence.Computed);
                    break;
                case Act.Compute when mine.Count * PageSize > sequence.Computed:
                    sequence.Advance(mine.Count * PageSize - sequence.Computed);
                    break;
            }

            Assert.Equal(mine, sequence.Pages.ToArray());
            Assert.Equal(Pages - held.SelectMany(p => p).Distinct().Count(), pool.Free);
            pool.Audit(sequences);
        }
    }, iter: 1000);

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

    [Fact]
    public void Share_OtherTokens_IsRefused()
    {
        var pool = new PagePool(8, PageSize);
        var (holder, joiner) = (Requests.Sequence(9, 1, order: 1), Requests.Sequence(9, 1, order: 2));
        Assert.True(pool.TryAllocate(holder, 9, out _));
        holder.Advance(9);
        Assert.Throws<ArgumentException>(() => pool.Share(holder, joiner, 1));
    }

    [Fact]
    public void Share_PagesNotYetComputed_IsRefused()
    {
        var pool = new PagePool(8, PageSize);
        var (holder, joiner) = (Requests.Sequence(9, 1), Requests.Sequence(9, 1));
        Assert.True(pool.TryAllocate(holder, 9, out _));
        holder.Advance(3);
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Share(holder, joiner, 1));
    }
}
