using CsCheck;
using KernelDsl.Runtime.Graph;

namespace KernelDsl.Model.Tests.Graph;

public sealed class ArenaPlannerTests
{
    private static readonly Gen<Lifetime[]> Blocks = Gen.Select(Gen.Long[0, 5000], Gen.Int[0, 30], Gen.Int[0, 10], static (bytes, first, length) => new Lifetime(bytes, first, first + length)).Array[1, 40];

    [Fact]
    public void Place_AnyBlocks_NoTwoThatLiveTogetherOverlap() => Blocks.Sample(static blocks =>
    {
        var (offsets, arena) = ArenaPlanner.Place(blocks);
        for (int i = 0; i < blocks.Length; i++)
        {
            Assert.True(offsets[i] >= 0 && offsets[i] % ArenaPlanner.Alignment == 0 && offsets[i] + blocks[i].Bytes <= arena);
            for (int j = 0; j < i; j++)
                Assert.False(blocks[i].Overlaps(blocks[j]) && offsets[i] < offsets[j] + blocks[j].Bytes && offsets[j] < offsets[i] + blocks[i].Bytes);
        }
    });

    [Fact]
    public void Place_AnyBlocks_TakesNoMoreThanAllSideBySide() => Blocks.Sample(static blocks =>
    {
        long sum = blocks.Sum(static b => (b.Bytes + ArenaPlanner.Alignment - 1) / ArenaPlanner.Alignment * ArenaPlanner.Alignment);
        Assert.True(ArenaPlanner.Place(blocks).Bytes <= sum);
    });

    [Fact]
    public void Place_BlocksThatFollowEachOther_ShareOneBlock() =>
        Assert.Equal(512, ArenaPlanner.Place([new(512, 0, 1), new(512, 2, 3), new(256, 4, 4), new(512, 5, 9)]).Bytes);

    [Fact]
    public void Place_AChain_TakesTwoBlocks() =>
        Assert.Equal(512, ArenaPlanner.Place([new(256, 0, 1), new(256, 1, 2), new(256, 2, 3), new(256, 3, 4)]).Bytes);
}
