using CsCheck;

namespace KernelDsl.Language.Tests;

public sealed class BlockTests
{
    [Fact]
    public void Blocks_AnyRange_CoverItOnceInOrder() =>
        Gen.Select(Gen.Int[-5, 50], Gen.Int[-5, 120], Gen.Int[1, 17]).Sample((from, to, size) =>
        {
            int at = from;
            foreach (var block in Blocks(from, to, size))
            {
                Assert.Equal(at, block.Start);
                Assert.Equal(size, block.Length);
                Assert.InRange(block.Count, 1, size);
                Assert.Equal(block.Start + block.Count, block.End);
                at = block.End;
            }

            Assert.Equal(Math.Max(from, to), at);
        });

    [Fact]
    public void Blocks_SizeZero_Throws() =>
        Assert.StartsWith("KDSL0044", Assert.Throws<KernelException>(() => { Blocks(4, 0); }).Message);

    [Fact]
    public void Within_AnySegment_CoversItOnce() =>
        Gen.Select(Gen.Int[0, 40], Gen.Int[0, 40], Gen.Int[1, 9]).Sample((begin, length, size) =>
        {
            int end = begin + length, longest = length + 7, at = begin;
            foreach (var block in Blocks(longest, size))
            {
                var part = block.Within(begin, end);
                Assert.Equal(part.Count == 0, part.IsEmpty);
                if (part.IsEmpty) continue;
                Assert.Equal(at, part.Start);
                at = part.End;
            }

            Assert.Equal(end, at);
        });

    [Fact]
    public void Full_IsAllLive()
    {
        var block = Full(6);
        Assert.Equal((0, 6, 6, 6, false), (block.Start, block.Length, block.Count, block.End, block.IsEmpty));
    }

    [Fact]
    public void Shift_KeepsLanesAndMovesStart()
    {
        var block = Full(8).Within(0, 5);
        Assert.Equal((10, 5, 15), ((block + 10).Start, (block + 10).Count, (block + 10).End));
        Assert.Equal((-3, 5, 2), ((block - 3).Start, (block - 3).Count, (block - 3).End));
        Assert.Equal((7, 5), (block.At(7).Start, block.At(7).Count));
    }

    [Fact]
    public void IntFunctions_ComputeOnInts()
    {
        Assert.Equal((3, 7), (Min(3, 7), Max(3, 7)));
        Assert.Equal((0, 1, 1, 2), (CeilDiv(0, 4), CeilDiv(1, 4), CeilDiv(4, 4), CeilDiv(5, 4)));
    }
}
