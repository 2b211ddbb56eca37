using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Gguf;

public sealed class GgufFileTests
{
    public static TheoryData<uint> Versions => [2, 3];

    [Theory]
    [MemberData(nameof(Versions))]
    public void Open_GoodFile_HasItsTensorsOutermostDimensionFirst(uint version)
    {
        using var folder = new TemporaryFolder();
        byte[] a = [.. Enumerable.Range(0, 24).Select(static i => (byte)i)], b = [1, 2, 3, 4];
        File.WriteAllBytes(Path.Combine(folder.Path, "m.gguf"),
            new GgufWriter { Version = version }.Tensor("a", 0, [2, 3], a).Tensor("b", 24, [4], b).Tensor("c", 0, [], [0, 0, 128, 63]).ToArray());

        using var file = GgufFile.Open(new FolderFiles(folder.Path), "m.gguf");
        Assert.Equal(((int)version, 32, Path.Combine(folder.Path, "m.gguf")), (file.Version, file.Alignment, file.Path));
        Assert.Equal(["a", "b", "c"], file.Tensors.Keys);
        var (first, second, scalar) = (file.Tensors["a"], file.Tensors["b"], file.Tensors["c"]);
        Assert.Equal([2, 3], first.Shape.ToArray());
        Assert.True(first.HasShape(2, 3) && !first.HasShape(3, 2) && !first.HasShape(2) && scalar.HasShape());
        Assert.Equal((GgufType.F32, 3, 12, 24), (first.Type, first.RowLength, first.RowBytes, first.Bytes));
        Assert.Equal((null, "I8"), (second.Type, second.Layout.Name));
        Assert.Equal(a, file.Read(first, 0, 24).ToArray());
        Assert.Equal([3, 4], file.Read(second, 2, 2).ToArray());
        file.Drop(first, 0, 24);
        Assert.Equal([0, 0, 128, 63], file.Read(scalar, 0, 4).ToArray());
    }

    [Fact]
    public void Open_TensorsOutOfHeaderOrder_AreReadByOffset()
    {
        using var file = new GgufWriter().Tensor("a", 24, [2], [1, 2], offset: 32).Tensor("b", 24, [2], [3, 4], offset: 0).ToFiles().Open();
        Assert.Equal([3, 4], file.Read(file.Tensors["a"], 0, 2).ToArray());
        Assert.Equal([1, 2], file.Read(file.Tensors["b"], 0, 2).ToArray());
    }

    [Theory]
    [InlineData(8)]
    [InlineData(4096)]
    public void Open_OtherAlignment_IsFollowed(int alignment)
    {
        using var file = new GgufWriter { Alignment = alignment }.Add("general.alignment", (uint)alignment)
            .Tensor("a", 24, [3], [1, 2, 3]).Tensor("b", 24, [1], [4]).ToFiles().Open();
        Assert.Equal(alignment, file.Alignment);
        Assert.Equal(alignment, file.Tensors["b"].Offset - file.Tensors["a"].Offset);
        Assert.Equal([4], file.Read(file.Tensors["b"], 0, 1).ToArray());
    }

    [Fact]
    public void Open_NoPaddingAfterTheLastTensor_IsFine()
    {
        var whole = new GgufWriter().Tensor("a", 24, [3], [1, 2, 3]).ToArray();
        using var file = new MemoryFiles(whole[..^29]).Open();
        Assert.Equal([1, 2, 3], file.Read(file.Tensors["a"], 0, 3).ToArray());
    }

    [Fact]
    public void Open_NothingInIt_IsFine()
    {
        using var file = new GgufWriter().ToFiles().Open();
        Assert.Empty(file.Tensors);
        Assert.Empty(file.Metadata.Keys);
    }

    [Fact]
    public void Open_NoFile_SaysWhich()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<ModelException>(() => GgufFile.Open(new FolderFiles(folder.Path), "m.gguf"));
        Assert.Equal($"{Path.Combine(folder.Path, "m.gguf")}: no such file", error.Message);
    }
}
