namespace KernelDsl.Language.Tests;

public sealed class ViewTests
{
    private readonly TestData _data = new();

    [Fact]
    public void Store_PartialBlocks_LeavesEverythingElseUntouched()
    {
        const float Guard = -77;
        var storage = new float[100];
        Array.Fill(storage, Guard);
        var y = new HostTensor<float>(storage, 10, [5, 7], [9, 1]);
        ReferenceLauncher.Run(() => Ones(y));

        Assert.All(y.ToArray(), static v => Assert.Equal(1, v));
        Assert.Equal(storage.Length - 35, storage.Count(static v => v == Guard));

        static void Ones(Out<float> y)
        {
            Block m = Grid.Y(y.Rows, 4), n = Grid.X(y.Cols, 4);
            y[m, n] = Fill(m, n, 1);
        }
    }

    [Fact]
    public void Store_NarrowTile_RoundsOnceToTheElementType()
    {
        HostTensor<float> x = new([1.0039f, -3.14159f, 1e-3f], 3);
        HostTensor<bf16> b = new(3);
        HostTensor<Half> h = new(3);
        ReferenceLauncher.Run(() => Copy(x, b, h));
        Assert.Equal(x.ToArray().Select(static v => (bf16)v), b.ToArray());
        Assert.Equal(x.ToArray().Select(static v => (Half)v), h.ToArray());

        static void Copy(In<float> x, Out<bf16> b, Out<Half> h)
        {
            var n = Grid.X(x.Length, 8);
            b[n] = x[n];
            h[n] = x[n];
        }
    }

    [Fact]
    public void Store_TileOfOtherBlock_Throws() => Assert.StartsWith("KDSL0041", Fails(() => Run(new(8, 4), static (y, m, n) => y[m, Full(4)] = Zeros(n, Full(4)))));

    [Fact]
    public void Store_TileIntoARow_Throws() => Assert.StartsWith("KDSL0049", Fails(() => Run(new(8, 4), static (y, m, _) => y[0, Full(4)] = Zeros(m, Full(4)))));

    [Fact]
    public void Index_ThreeBlocks_Throws() => Assert.StartsWith("KDSL0046", Fails(() =>
    {
        var y = new HostTensor<float>(2, 2, 2);
        ReferenceLauncher.Run(() => Three(y));

        static void Three(Out<float> y) => y[Full(2), Full(2), Full(2)] = 0;
    }));

    [Theory]
    [InlineData(-1)]
    [InlineData(6)]
    public void Index_OutsideDimension_Throws(int start) =>
        Assert.Contains($"{start} .. {start + 3}", Fails(() => Run(new(8, 4), (y, _, _) => y[Full(3).At(start), 0] = 0)));

    [Fact]
    public void Index_EmptyBlockAnywhere_TouchesNothing() => Run(new(8, 4), static (y, _, _) => y[Full(3).Within(50, 50), 0] = Zeros(Full(3).Within(50, 50)));

    [Fact]
    public void Index_TooFewIndices_Throws() => Assert.Contains("2 dimensions", Fails(() => Run(new(8, 4), static (y, _, _) => y[0] = 0)));

    [Fact]
    public void ScalarRead_OfFloats_Throws()
    {
        var x = _data.Float(4);
        Assert.StartsWith("KDSL0021", Fails(() => ReferenceLauncher.Run(() => Read(x))));

        static void Read(In<float> x) => _ = x[0];
    }

    [Fact]
    public void ScalarRead_OfInts_ReadsEveryRank()
    {
        HostTensor<int> a = new([1, 2, 3, 4], 4), b = new([1, 2, 3, 4], 2, 2), c = new([1, 2, 3, 4], 2, 1, 2);
        ReferenceLauncher.Run(() => Read(a, b, c));

        static void Read(In<int> a, In<int> b, In<int> c) => Assert.Equal((3, 4, 2), (a[2], b[1, 1], c[0, 0, 1]));
    }

    [Fact]
    public void Weight_IsIndexedByOutputAndInput()
    {
        var w = _data.BFloat16(3, 5);
        ReferenceLauncher.Run(() => Read(w, w));

        static void Read(Weight<bf16> w, In<bf16> same)
        {
            Assert.Equal((3, 5), (w.Rows, w.Cols));
            Assert.Equal(same[1, Full(5)].Values.At(0, 4), w[1, Full(5)].Values.At(0, 4));
        }
    }

    [Fact]
    public void Paged_ReadsAndWritesThroughTheTable()
    {
        var cache = new HostCache<bf16>(new(4, 2, 1, 3), new([3, 0, 1, 2], 2, 2));
        var x = _data.BFloat16(3, 3);
        ReferenceLauncher.Run(() => Write(x, cache));

        // Positions 1, 2, 3 of sequence 0: the second half of page 3 and all of page 0.
        Assert.Equal(x[0, 2], cache.Pool[3, 1, 0, 2]);
        Assert.Equal(x[1, 0], cache.Pool[0, 0, 0, 0]);
        Assert.Equal(x[2, 1], cache.Pool[0, 1, 0, 1]);
        Assert.Equal(x.ToArray().Count(static v => v.Bits != 0), cache.Pool.ToArray().Count(static v => v.Bits != 0));

        static void Write(In<bf16> x, Paged<bf16> cache)
        {
            var n = Full(3);
            cache[0, n + 1, 0, n] = x[n, n];
            Assert.Equal(1, cache.Heads);
            Assert.Equal(x[n, n].Values.At(2, 1), cache[0, n + 1, 0, n].Values.At(2, 1));
        }
    }

    private delegate void Program(Out<float> y, Block m, Block n);

    private static void Run(HostTensor<float> y, Program program) =>
        ReferenceLauncher.Run(() => program(y, Grid.X(8, 8), Grid.Y(8, 8)));

    private static string Fails(Action action) => Assert.Throws<KernelException>(action).Message;
}
