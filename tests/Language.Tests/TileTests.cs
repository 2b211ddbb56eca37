namespace KernelDsl.Language.Tests;

/// <summary>Axis checks and arithmetic of tiles, each inside a launch of one program.</summary>
public sealed class TileTests
{
    private readonly TestData _data = new();

    [Fact]
    public void Combine_SameLengthOtherBlock_ThrowsAxisMismatch()
    {
        HostTensor<bf16> x = _data.BFloat16(4, 8), w = _data.BFloat16(4, 8);
        string message = Fails(() => AddRowsOfTwoBlocks(x, w));
        Assert.StartsWith("KDSL0041", message);
        Assert.Contains("'Grid.X' does not match axis 'Grid.Y'", message);

        static void AddRowsOfTwoBlocks(In<bf16> x, In<bf16> w)
        {
            Block m = Grid.X(4, 4), n = Grid.Y(4, 4), d = Full(8);
            _ = x[m, d] + w[n, d];
        }
    }

    [Fact]
    public void Combine_BlocksOfTwoLoops_ThrowsAxisMismatch()
    {
        Assert.StartsWith("KDSL0041", Fails(static () =>
        {
            foreach (var a in Blocks(8, 4))
                foreach (var b in Blocks(8, 4))
                    _ = Zeros(a) + Zeros(b);
        }));
    }

    [Fact]
    public void Combine_OtherLength_ThrowsShapeMismatch() =>
        Assert.StartsWith("KDSL0040", Fails(static () => _ = Zeros(Full(3)) + Zeros(Full(5))));

    [Fact]
    public void Combine_OtherLiveLanes_Throws() =>
        Assert.StartsWith("KDSL0041", Fails(static () => _ = Zeros(Full(8)) + Zeros(Full(8).Within(0, 5))));

    [Fact]
    public void Combine_ShiftedBlock_IsTheSameAxis() => ReferenceLauncher.Run(static () =>
    {
        var m = Grid.X(5, 8);
        _ = Zeros(m) + Zeros(m + 100) + Zeros(m - 3) + Zeros(m.At(40));
    });

    [Fact]
    public void Dot_OtherContraction_Throws()
    {
        HostTensor<bf16> x = _data.BFloat16(4, 8), w = _data.BFloat16(4, 6);
        Assert.StartsWith("KDSL0042", Fails(() => Product(x, w)));

        static void Product(In<bf16> x, In<bf16> w) => _ = Dot(x[Full(4), Full(8)], w[Full(4), Full(6)].T);
    }

    [Fact]
    public void Dot_FloatTiles_Throws() => Assert.StartsWith("KDSL0061", Fails(static () => _ = Dot(Zeros(Full(4), Full(4)), Zeros(Full(4), Full(4)))));

    [Fact]
    public void Transpose_OfAGeneralTile_IsForDotsOnly() =>
        Assert.StartsWith("KDSL0048", Fails(static () => _ = Zeros(Full(2), Full(3)).T + 1));

    [Fact]
    public void Transpose_OfAColumn_IsARow() => ReferenceLauncher.Run(static () =>
    {
        var d = Full(3);
        _ = Zeros(Full(2), d) + Zeros(d).T;
        _ = Zeros(Full(2), d).T.T + 1;
    });

    [Fact]
    public void Unassigned_Tile_Throws() => Assert.Contains("before it is assigned", Fails(static () => _ = default(Tile<float>) + 1));

    [Fact]
    public void Reduce_PartialBlock_SeesLiveLanesOnly()
    {
        HostTensor<float> x = new([3, -4, 5, 1], 1, 4), sums = new(1), highest = new(1), lowest = new(1);
        HostTensor<int> first = new(1);
        ReferenceLauncher.Run(() => Reduce(x, sums, highest, lowest, first));
        Assert.Equal((5, 5, -4, 12), (sums[0], highest[0], lowest[0], first[0]));

        static void Reduce(In<float> x, Out<float> sums, Out<float> highest, Out<float> lowest, Out<int> first)
        {
            var one = Full(1);
            var k = Grid.X(4, 16);
            var row = x[0, k];
            sums[one] = RowSum(row);
            highest[one] = RowMax(row);
            lowest[one] = RowMin(row);
            first[one] = RowArgMax(row, k + 10);
        }
    }

    [Fact]
    public void RowArgMax_Tie_IsTheFirst()
    {
        HostTensor<float> x = new([1, 7, 7, 0], 1, 4);
        HostTensor<int> first = new(1);
        ReferenceLauncher.Run(() => First(x, first));
        Assert.Equal(1, first[0]);

        static void First(In<float> x, Out<int> first) => first[0] = RowArgMax(x[0, Full(4)], Full(4));
    }

    [Fact]
    public void Compute_DeadLane_StaysPoisoned() => ReferenceLauncher.Run(static () =>
    {
        var m = Full(8).Within(0, 5);
        var tile = Exp(Zeros(m) + 1);
        Assert.Equal(MathF.Exp(1), tile.Values.At(4, 0));
        Assert.True(float.IsNaN(tile.Values.At(5, 0)));
    });

    [Fact]
    public void Elementwise_KnownValues_MatchMath()
    {
        HostTensor<float> x = new([-2f, -0.5f, 0f, 0.25f, 3f], 5);
        Check(x, static t => Exp(t), Math.Exp);
        Check(x, static t => Tanh(t), Math.Tanh);
        Check(x, static t => Abs(t), Math.Abs);
        Check(x, static t => Square(t), static v => v * v);
        Check(x, static t => Sigmoid(t), static v => 1 / (1 + Math.Exp(-v)));
        Check(x, static t => Silu(t), static v => v / (1 + Math.Exp(-v)));
        Check(x, static t => Log(Square(t) + 1), static v => Math.Log(v * v + 1));
        Check(x, static t => Sqrt(Abs(t)), static v => Math.Sqrt(Math.Abs(v)));
        Check(x, static t => Rsqrt(t * t + 1), static v => 1 / Math.Sqrt(v * v + 1));
        Check(x, static t => Max(t, 0), static v => Math.Max(v, 0));
        Check(x, static t => Min(t, 0), static v => Math.Min(v, 0));
        Check(x, static t => 2 - t, static v => 2 - v);
        Check(x, static t => 1 / (2 + Square(t)), static v => 1 / (2 + v * v));
        Check(x, static t => -t / 4 - 1, static v => -v / 4 - 1);
        Check(x, static t => 3 * t * t - t * 0.5f, static v => 3 * v * v - v * 0.5);
        Check(x, static t => t.To<bf16>(), static v => (float)(bf16)(float)v);
        Check(x, static t => t.To<Half>() / 3f, static v => (double)(float)(Half)v / 3);
    }

    [Fact]
    public void Exp_OfZeroAndOfMinusInfinity_IsExact() => ReferenceLauncher.Run(static () =>
    {
        Assert.Equal(1, Exp(Fill(Full(1), 0)).Values.At(0, 0));
        Assert.Equal(0, Exp(Fill(Full(1), float.NegativeInfinity)).Values.At(0, 0));
        Assert.Equal(0, Exp(Fill(Full(1), -1e30f)).Values.At(0, 0));
    });

    [Fact]
    public void Where_EachComparison_SelectsByLaneIndices() => ReferenceLauncher.Run(static () =>
    {
        Block m = Full(3).At(10), n = Full(4).At(9);
        Holds(m, n, m.Rows >= n.Cols, static (r, c) => r >= c);
        Holds(m, n, m.Rows <= n.Cols, static (r, c) => r <= c);
        Holds(m, n, m.Rows > n.Cols, static (r, c) => r > c);
        Holds(m, n, m.Rows < n.Cols, static (r, c) => r < c);
        Holds(m, n, m.Rows == n.Cols, static (r, c) => r == c);
        Holds(m, n, m.Rows != n.Cols, static (r, c) => r != c);
        Holds(m, n, m.Rows + 2 >= n.Cols - 1, static (r, c) => r + 2 >= c - 1);
        Holds(m, n, n.Cols < 11, static (_, c) => c < 11);
        Holds(m, n, 11 <= m.Rows, static (r, _) => 11 <= r);

        static void Holds(Block m, Block n, Mask mask, Func<int, int, bool> want)
        {
            var got = Where(mask, Fill(m, n, 1), 0);
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 4; j++)
                    Assert.Equal(want(10 + i, 9 + j) ? 1 : 0, got.Values.At(i, j));
        }
    });

    [Fact]
    public void Where_MaskOfAnotherBlock_Throws() =>
        Assert.StartsWith("KDSL0041", Fails(static () =>
        {
            Block m = Grid.X(4, 4), n = Grid.Y(4, 4), d = Full(2);
            Where(n.Rows >= d.Cols, Zeros(m, d), 0);
        }));

    private delegate Tile<float> TileFunction(Tile<float> tile);

    private static void Check(HostTensor<float> x, TileFunction function, Func<double, double> want)
    {
        var y = new HostTensor<float>(x.Count);
        ReferenceLauncher.Run(() => Apply(x, y, function));
        TestData.Close([.. x.ToArray().Select(v => want(v))], [.. y.ToArray().Select(static v => (double)v)], 1e-6, 1e-7);

        static void Apply(In<float> x, Out<float> y, TileFunction function)
        {
            var n = Grid.X(x.Length, 2);
            y[n] = function(x[n]);
        }
    }

    private static string Fails(Action program) => Assert.Throws<KernelException>(() => { ReferenceLauncher.Run(program); }).Message;
}
