namespace KernelDsl.Language.Tests;

public sealed class HostTensorTests
{
    [Fact]
    public void Slice_ThenSplit_SeesTheHeadsOfAFusedTensor()
    {
        var qkv = new HostTensor<int>([.. Enumerable.Range(0, 24)], 2, 12);
        var keys = qkv.Slice(1, 6, 4).SplitLast(2);
        Assert.Equal([2, 2, 2], keys.Dims);
        Assert.Equal([12, 2, 1], keys.Strides);
        Assert.Equal([6, 7, 8, 9, 18, 19, 20, 21], keys.ToArray());
        keys[1, 0, 1] = -1;
        Assert.Equal(-1, qkv[1, 7]);
    }

    [Fact]
    public void New_InnerStrideNotOne_Throws() =>
        Assert.StartsWith("KDSL0050", Assert.Throws<KernelException>(static () => new HostTensor<float>(new float[8], 0, [2, 2], [4, 2])).Message);

    [Fact]
    public void New_OtherElementType_Throws() =>
        Assert.StartsWith("KDSL0060: 'Int64'", Assert.Throws<KernelException>(static () => new HostTensor<long>(2)).Message);

    [Fact]
    public void New_ArrayOfOtherLength_Throws() =>
        Assert.Throws<ArgumentException>(static () => new HostTensor<float>(new float[5], 2, 3));

    [Theory]
    [InlineData(0, -1)]
    [InlineData(1, 3)]
    public void Element_OutsideDimension_ThrowsNamingIt(int dim, int index)
    {
        var tensor = new HostTensor<float>(2, 3);
        int[] at = [0, 0];
        at[dim] = index;
        Assert.Contains($"index {dim} is {index}", Assert.Throws<KernelException>(() => tensor[at]).Message);
    }
}
