namespace KernelDsl;

/// <summary>Host memory that views read and write, as floats.</summary>
internal interface IHostElements
{
    int Rank { get; }

    int Dim(int index);

    float Read(ReadOnlySpan<int> indices);

    void Write(ReadOnlySpan<int> indices, float value);
}

/// <summary>Loads and stores of the reference: live lanes only, every index checked against its dimension.</summary>
internal static class ReferenceView
{
    public static E Scalar<E>(HostTensor<E> tensor, ReadOnlySpan<int> indices)
        where E : unmanaged
    {
        if (Element<E>.Type != ElementType.Int32)
            throw new KernelException($"KDSL0021: only In<int> is read as a scalar; read In<{typeof(E).Name}> as a tile, with Full(1).At(i) for index i");
        return tensor[indices];
    }

    public static ReferenceTile Load<TElements>(TElements source, ReadOnlySpan<ViewIndex> indices)
        where TElements : IHostElements
    {
        var plan = Plan(source, indices);
        return ReferenceTile.Create(plan.Rows, plan.Cols, (i, j) => source.Read(plan.At(i, j)));
    }

    public static void Store<TElements>(TElements destination, ReadOnlySpan<ViewIndex> indices, ReferenceTile value)
        where TElements : IHostElements
    {
        var plan = Plan(destination, indices);
        value = value.Map(static x => x);
        if (TileAxis.Join(plan.Rows, value.Rows, "rows of the store") != plan.Rows || TileAxis.Join(plan.Cols, value.Cols, "columns of the store") != plan.Cols)
            throw new KernelException($"KDSL0049: store shape [{value.Rows}, {value.Cols}] does not match [{plan.Rows}, {plan.Cols}]");
        for (int i = 0; i < plan.Rows.Live; i++)
            for (int j = 0; j < plan.Cols.Live; j++)
                destination.Write(plan.At(i, j), value.At(i, j));
    }

    /// <summary>Which indices are the rows and the columns: two blocks in order; one block is the columns when last, the rows otherwise.</summary>
    private static AccessPlan Plan<TElements>(TElements elements, ReadOnlySpan<ViewIndex> indices)
        where TElements : IHostElements
    {
        if (indices.Length != elements.Rank)
            throw new KernelException($"a view of {elements.Rank} dimensions is indexed with {indices.Length} indices");
        var plan = new AccessPlan(indices.Length);
        for (int i = 0; i < indices.Length; i++)
        {
            var block = indices[i].Block;
            if (block.Count > 0 && (block.Start < 0 || block.End > elements.Dim(i)))
                throw new KernelException($"index {i} covers {block.Start} .. {block.End}, the dimension has {elements.Dim(i)}");
            plan.Start[i] = block.Start;
            if (indices[i].IsBlock) plan.Add(i, block.Axis, isLast: i == indices.Length - 1);
        }
        return plan;
    }

    private sealed class AccessPlan(int rank)
    {
        private int _rowDim = -1, _colDim = -1;

        public int[] Start { get; } = new int[rank];

        public TileAxis Rows { get; private set; } = TileAxis.One;

        public TileAxis Cols { get; private set; } = TileAxis.One;

        public void Add(int dim, TileAxis axis, bool isLast)
        {
            if (_colDim >= 0) throw new KernelException("KDSL0046: at most two of the indices may be blocks");
            if (_rowDim >= 0 || isLast) (_colDim, Cols) = (dim, axis);
            else (_rowDim, Rows) = (dim, axis);
        }

        public int[] At(int row, int col)
        {
            int[] at = [.. Start];
            if (_rowDim >= 0) at[_rowDim] += row;
            if (_colDim >= 0) at[_colDim] += col;
            return at;
        }
    }
}
