namespace KernelDsl;

/// <summary>
/// A tile as the reference computes it: dense floats, with NaN in every dead lane of every value, so that whatever reads a dead lane shows.
/// All operations compute live lanes only and check axes.
/// </summary>
internal sealed class ReferenceTile
{
    private readonly float[] _lanes;
    private readonly bool _transposed;

    private ReferenceTile(TileAxis rows, TileAxis cols, bool transposed = false)
    {
        (Rows, Cols, _transposed) = (rows, cols, transposed);
        _lanes = new float[rows.Length * cols.Length];
        Array.Fill(_lanes, float.NaN);
    }

    public TileAxis Rows { get; }

    public TileAxis Cols { get; }

    /// <summary>The lane at [row, col]; size-1 axes broadcast.</summary>
    public float At(int row, int col) => _lanes[(Rows.IsOne ? 0 : row) * Cols.Length + (Cols.IsOne ? 0 : col)];

    /// <summary>A tile whose live lanes are given by their row and column.</summary>
    public static ReferenceTile Create(TileAxis rows, TileAxis cols, Func<int, int, float> lane, bool transposed = false)
    {
        var tile = new ReferenceTile(rows, cols, transposed);
        for (int i = 0; i < rows.Live; i++)
            for (int j = 0; j < cols.Live; j++)
                tile._lanes[i * cols.Length + j] = lane(i, j);
        return tile;
    }

    public static ReferenceTile Constant(float value, TileAxis rows, TileAxis cols) => Create(rows, cols, (_, _) => value);

    public ReferenceTile Map(Func<float, float> function)
    {
        CheckUpright();
        return Create(Rows, Cols, (i, j) => function(At(i, j)));
    }

    public static ReferenceTile Map(ReferenceTile a, ReferenceTile b, Func<float, float, float> function)
    {
        a.CheckUpright();
        b.CheckUpright();
        return Create(TileAxis.Join(a.Rows, b.Rows, "rows"), TileAxis.Join(a.Cols, b.Cols, "columns"), (i, j) => function(a.At(i, j), b.At(i, j)));
    }

    public static ReferenceTile Select(Mask mask, ReferenceTile ifTrue, ReferenceTile ifFalse)
    {
        ifTrue.CheckUpright();
        ifFalse.CheckUpright();
        var rows = TileAxis.Join(mask.Rows, TileAxis.Join(ifTrue.Rows, ifFalse.Rows, "rows"), "rows of Where");
        var cols = TileAxis.Join(mask.Cols, TileAxis.Join(ifTrue.Cols, ifFalse.Cols, "columns"), "columns of Where");
        return Create(rows, cols, (i, j) => (mask.At(i, j) ? ifTrue : ifFalse).At(i, j));
    }

    /// <summary>Folds each row's live lanes in order; the axis stays, with length 1.</summary>
    public ReferenceTile Reduce(float start, Func<float, float, float> function)
    {
        CheckUpright();
        return Create(Rows, TileAxis.One, (i, _) =>
        {
            float result = start;
            for (int j = 0; j < Cols.Live; j++) result = function(result, At(i, j));
            return result;
        });
    }

    public ReferenceTile ArgMax(Block block)
    {
        CheckUpright();
        TileAxis.Join(Cols, block.Axis, "block of RowArgMax");
        return Create(Rows, TileAxis.One, (i, _) =>
        {
            int first = 0;
            for (int j = 1; j < Cols.Live; j++)
                if (At(i, j) > At(i, first)) first = j;
            return block.Start + first;
        });
    }

    public static ReferenceTile Dot(ReferenceTile a, ReferenceTile b)
    {
        // The contraction does not broadcast: a one-lane axis against a longer one is a mistake.
        if (a.Cols.Length != b.Rows.Length || a.Cols != b.Rows)
            throw new KernelException($"KDSL0042: Dot contracts '{a.Cols}' ({a.Cols.Live} of {a.Cols.Length} lanes) with '{b.Rows}' ({b.Rows.Live} of {b.Rows.Length})");
        return Create(a.Rows, b.Cols, (i, j) =>
        {
            float sum = 0;
            for (int k = 0; k < a.Cols.Live; k++) sum += a.At(i, k) * b.At(k, j);
            return sum;
        });
    }

    public ReferenceTile Transpose() =>
        Create(Cols, Rows, (i, j) => At(j, i), transposed: !_transposed && !Rows.IsOne && !Cols.IsOne);

    public override string ToString() =>
        $"[{Rows.Length}:{Rows}, {Cols.Length}:{Cols}] {string.Join(' ', _lanes.Take(8))}{(_lanes.Length > 8 ? " ..." : "")}";

    private void CheckUpright()
    {
        if (_transposed) throw new KernelException($"KDSL0048: .T applies to a Dot operand, a row or a column, not to a tile [{Cols}, {Rows}]");
    }
}
