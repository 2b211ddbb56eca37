namespace KernelDsl;

/// <summary>A tensor that a kernel reads. Indices are ints or blocks, at most two blocks; all-int indices read a scalar (int views only).</summary>
/// <typeparam name="E">Element type: bf16, Half, float, int.</typeparam>
public readonly ref struct In<E>(HostTensor<E> tensor)
    where E : unmanaged
{
    private readonly HostTensor<E> _tensor = tensor;

    /// <summary>The first dimension.</summary>
    public int Rows => _tensor.Dim(0);

    /// <summary>The last dimension.</summary>
    public int Cols => _tensor.Dim(_tensor.Rank - 1);

    /// <summary>Elements of a rank-1 view.</summary>
    public int Length => _tensor.Dim(0);

    /// <summary>A dimension.</summary>
    public int Dim(int index) => _tensor.Dim(index);

    /// <summary>A scalar.</summary>
    public E this[int i] => ReferenceView.Scalar(_tensor, [i]);

    /// <summary>A scalar.</summary>
    public E this[int i, int j] => ReferenceView.Scalar(_tensor, [i, j]);

    /// <summary>A scalar.</summary>
    public E this[int i, int j, int k] => ReferenceView.Scalar(_tensor, [i, j, k]);

    /// <summary>A tile.</summary>
    public Tile<E> this[ViewIndex i] => new(ReferenceView.Load(_tensor, [i]));

    /// <summary>A tile.</summary>
    public Tile<E> this[ViewIndex i, ViewIndex j] => new(ReferenceView.Load(_tensor, [i, j]));

    /// <summary>A tile.</summary>
    public Tile<E> this[ViewIndex i, ViewIndex j, ViewIndex k] => new(ReferenceView.Load(_tensor, [i, j, k]));

    /// <summary>A tile.</summary>
    public Tile<E> this[ViewIndex i, ViewIndex j, ViewIndex k, ViewIndex l] => new(ReferenceView.Load(_tensor, [i, j, k, l]));
}

/// <summary>A tensor that a kernel writes; a store touches live lanes only and rounds once to E.</summary>
/// <typeparam name="E">Element type: bf16, Half, float, int.</typeparam>
public readonly ref struct Out<E>(HostTensor<E> tensor)
    where E : unmanaged
{
    private readonly HostTensor<E> _tensor = tensor;

    /// <summary>The first dimension.</summary>
    public int Rows => _tensor.Dim(0);

    /// <summary>The last dimension.</summary>
    public int Cols => _tensor.Dim(_tensor.Rank - 1);

    /// <summary>Elements of a rank-1 view.</summary>
    public int Length => _tensor.Dim(0);

    /// <summary>A dimension.</summary>
    public int Dim(int index) => _tensor.Dim(index);

    /// <summary>Stores a tile.</summary>
    public Tile<float> this[ViewIndex i] { set => ReferenceView.Store(_tensor, [i], value.Values); }

    /// <summary>Stores a tile.</summary>
    public Tile<float> this[ViewIndex i, ViewIndex j] { set => ReferenceView.Store(_tensor, [i, j], value.Values); }

    /// <summary>Stores a tile.</summary>
    public Tile<float> this[ViewIndex i, ViewIndex j, ViewIndex k] { set => ReferenceView.Store(_tensor, [i, j, k], value.Values); }

    /// <summary>Stores a tile.</summary>
    public Tile<float> this[ViewIndex i, ViewIndex j, ViewIndex k, ViewIndex l]
    {
        set => ReferenceView.Store(_tensor, [i, j, k, l], value.Values);
    }
}

/// <summary>A tensor that a kernel reads and writes; loads are widened to float, stores round once to E.</summary>
/// <typeparam name="E">Element type: bf16, Half, float, int.</typeparam>
public readonly ref struct InOut<E>(HostTensor<E> tensor)
    where E : unmanaged
{
    private readonly HostTensor<E> _tensor = tensor;

    /// <summary>The first dimension.</summary>
    public int Rows => _tensor.Dim(0);

    /// <summary>The last dimension.</summary>
    public int Cols => _tensor.Dim(_tensor.Rank - 1);

    /// <summary>Elements of a rank-1 view.</summary>
    public int Length => _tensor.Dim(0);

    /// <summary>A dimension.</summary>
    public int Dim(int index) => _tensor.Dim(index);

    /// <summary>A tile.</summary>
    public Tile<float> this[ViewIndex i]
    {
        get => new(ReferenceView.Load(_tensor, [i]));
        set => ReferenceView.Store(_tensor, [i], value.Values);
    }

    /// <summary>A tile.</summary>
    public Tile<float> this[ViewIndex i, ViewIndex j]
    {
        get => new(ReferenceView.Load(_tensor, [i, j]));
        set => ReferenceView.Store(_tensor, [i, j], value.Values);
    }

    /// <summary>A tile.</summary>
    public Tile<float> this[ViewIndex i, ViewIndex j, ViewIndex k]
    {
        get => new(ReferenceView.Load(_tensor, [i, j, k]));
        set => ReferenceView.Store(_tensor, [i, j, k], value.Values);
    }

    /// <summary>A tile.</summary>
    public Tile<float> this[ViewIndex i, ViewIndex j, ViewIndex k, ViewIndex l]
    {
        get => new(ReferenceView.Load(_tensor, [i, j, k, l]));
        set => ReferenceView.Store(_tensor, [i, j, k, l], value.Values);
    }
}

/// <summary>
/// A weight matrix, indexed [output, input] as checkpoints have it; every back end packs it in a layout of its own. Row-major in the
/// reference.
/// </summary>
/// <typeparam name="E">Storage type.</typeparam>
public readonly ref struct Weight<E>(HostTensor<E> matrix)
    where E : unmanaged
{
    private readonly HostTensor<E> _matrix = matrix;

    /// <summary>Outputs.</summary>
    public int Rows => _matrix.Dim(0);

    /// <summary>Inputs.</summary>
    public int Cols => _matrix.Dim(1);

    /// <summary>A tile.</summary>
    public Tile<E> this[ViewIndex output, ViewIndex input] => new(ReferenceView.Load(_matrix, [output, input]));
}
