namespace KernelDsl;

/// <summary>
/// A strided view of an array: what tests and the reference pass for In, Out, InOut and Weight. Innermost stride 1; outer strides are free,
/// so that a slice of a fused tensor is a tensor.
/// </summary>
/// <typeparam name="E">Element type: bf16, Half, float, int.</typeparam>
public sealed class HostTensor<E> : IHostElements
    where E : unmanaged
{
    private readonly int[] _dims, _strides;

    /// <summary>Zeros.</summary>
    public HostTensor(params int[] dims)
        : this(new E[Product(dims)], dims)
    {
    }

    /// <summary>A dense row-major view of an array.</summary>
    public HostTensor(E[] storage, params int[] dims)
        : this(storage, 0, dims, DenseStrides(dims))
    {
        if (storage.Length != Product(dims))
            throw new ArgumentException($"an array of {storage.Length} is not a tensor [{string.Join(", ", dims)}] of {Product(dims)}", nameof(storage));
    }

    /// <summary>A strided view of an array.</summary>
    /// <param name="storage">Elements, shared.</param>
    /// <param name="offset">Where element [0, ..., 0] lies.</param>
    /// <param name="dims">Dimensions.</param>
    /// <param name="strides">Elements from one index to the next, per dimension; the last is 1.</param>
    public HostTensor(E[] storage, int offset, int[] dims, int[] strides)
    {
        _ = Element<E>.Type;
        ArgumentNullException.ThrowIfNull(storage);
        if (dims.Length is 0 or > 4 || dims.Length != strides.Length || dims.Any(static d => d < 0))
            throw new ArgumentException($"dimensions [{string.Join(", ", dims)}] with strides [{string.Join(", ", strides)}]: one to four, none negative", nameof(dims));
        if (strides[^1] != 1) throw new KernelException($"KDSL0050: innermost stride is {strides[^1]}, must be 1");
        (Storage, Offset, _dims, _strides) = (storage, offset, [.. dims], [.. strides]);
    }

    /// <summary>The array behind the view.</summary>
    public E[] Storage { get; }

    /// <summary>Where element [0, ..., 0] lies in <see cref="Storage"/>.</summary>
    public int Offset { get; }

    /// <summary>Dimensions.</summary>
    public ReadOnlySpan<int> Dims => _dims;

    /// <summary>Elements from one index to the next, per dimension.</summary>
    public ReadOnlySpan<int> Strides => _strides;

    /// <summary>Number of dimensions.</summary>
    public int Rank => _dims.Length;

    /// <summary>Number of elements.</summary>
    public int Count => Product(_dims);

    /// <summary>One element.</summary>
    public E this[params ReadOnlySpan<int> indices]
    {
        get => Storage[Position(indices)];
        set => Storage[Position(indices)] = value;
    }

    /// <summary>A dimension.</summary>
    public int Dim(int index) => _dims[index];

    /// <summary>Indices [start, start + count) of one dimension; shares storage.</summary>
    public HostTensor<E> Slice(int dim, int start, int count)
    {
        if (start < 0 || count < 0 || start + count > _dims[dim])
            throw new ArgumentOutOfRangeException(nameof(start), $"{start} .. {start + count} of dimension {dim}, which has {_dims[dim]}");
        int[] dims = [.. _dims];
        dims[dim] = count;
        return new(Storage, Offset + start * _strides[dim], dims, _strides);
    }

    /// <summary>The last dimension n seen as [n / inner, inner]; shares storage.</summary>
    public HostTensor<E> SplitLast(int inner)
    {
        if (inner < 1 || _dims[^1] % inner != 0)
            throw new ArgumentException($"a dimension of {_dims[^1]} does not split into rows of {inner}", nameof(inner));
        return new(Storage, Offset, [.. _dims[..^1], _dims[^1] / inner, inner], [.. _strides[..^1], inner, 1]);
    }

    /// <summary>A dense copy.</summary>
    public E[] ToArray()
    {
        var copy = new E[Count];
        var at = new int[Rank];
        for (int i = 0; i < copy.Length; i++)
        {
            for (int d = Rank - 1, rest = i; d >= 0; rest /= _dims[d--]) at[d] = rest % _dims[d];
            copy[i] = this[at];
        }
        return copy;
    }

    /// <summary>As a kernel's argument.</summary>
    public static implicit operator In<E>(HostTensor<E> tensor) => new(tensor);

    /// <summary>As a kernel's argument.</summary>
    public static implicit operator Out<E>(HostTensor<E> tensor) => new(tensor);

    /// <summary>As a kernel's argument.</summary>
    public static implicit operator InOut<E>(HostTensor<E> tensor) => new(tensor);

    /// <summary>As a kernel's argument: [outputs, inputs].</summary>
    public static implicit operator Weight<E>(HostTensor<E> tensor) => new(tensor);

    float IHostElements.Read(ReadOnlySpan<int> indices) => Element<E>.ToFloat(this[indices]);

    void IHostElements.Write(ReadOnlySpan<int> indices, float value) => this[indices] = Element<E>.FromFloat(value);

    private int Position(ReadOnlySpan<int> indices)
    {
        if (indices.Length != Rank) throw new KernelException($"a tensor of {Rank} dimensions is indexed with {indices.Length} indices");
        int position = Offset;
        for (int i = 0; i < indices.Length; i++)
        {
            if ((uint)indices[i] >= (uint)_dims[i]) throw new KernelException($"index {i} is {indices[i]}, the dimension has {_dims[i]}");
            position += indices[i] * _strides[i];
        }
        return position;
    }

    private static int Product(int[] dims) => dims.Aggregate(1, static (a, b) => checked(a * b));

    private static int[] DenseStrides(int[] dims)
    {
        var strides = new int[dims.Length];
        for (int i = dims.Length - 1, stride = 1; i >= 0; stride *= dims[i--]) strides[i] = stride;
        return strides;
    }
}
