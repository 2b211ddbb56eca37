namespace KernelDsl.Runtime.Graph;

/// <summary>A view of a graph's memory: dimensions that may be symbols, outer strides free, the innermost 1.</summary>
public sealed class Tensor : GraphValue
{
    private const int MostDims = 4;

    private readonly Dim[] _dims;
    private readonly Stride[] _strides;
    private readonly (Dim Start, Stride Stride)[] _offset;

    private Tensor(Storage storage, Dim[] dims, Stride[] strides, (Dim, Stride)[] offset) =>
        (Storage, _dims, _strides, _offset) = (storage, dims, strides, offset);

    internal Storage Storage { get; }

    /// <summary>Type of the elements.</summary>
    public ElementType Element => Storage.Element;

    /// <summary>Dimensions.</summary>
    public ReadOnlySpan<Dim> Dims => _dims;

    /// <summary>Memory that lives outside the graph: a dense row-major tensor in a buffer.</summary>
    /// <param name="name">For messages and plans.</param>
    /// <param name="element">Type of its elements.</param>
    /// <param name="buffer">Where it lies.</param>
    /// <param name="offset">First byte in <paramref name="buffer"/>.</param>
    /// <param name="dims">Dimensions.</param>
    public static Tensor Of(string name, ElementType element, DeviceBuffer buffer, long offset, params ReadOnlySpan<int> dims)
    {
        var sizes = new Dim[dims.Length];
        for (int i = 0; i < sizes.Length; i++) sizes[i] = dims[i];
        return Dense(new(name, StorageRole.Device, element, sizes, buffer, offset));
    }

    internal static Tensor Dense(Storage storage)
    {
        var dims = storage.Dims;
        if (dims.Length is 0 or > MostDims) throw new ArgumentException($"'{storage.Name}' has {dims.Length} dimensions; one to {MostDims} are possible");
        var strides = new Stride[dims.Length];
        strides[^1] = new(1, null);
        for (int i = dims.Length - 2; i >= 0; i--) strides[i] = strides[i + 1] * dims[i + 1];
        return new(storage, dims, strides, []);
    }

    /// <summary>Indices [start, start + count) of one dimension.</summary>
    public Tensor Slice(int dim, Dim start, Dim count)
    {
        if (start.Symbol == null && count.Symbol == null && _dims[dim].Symbol == null && (start.Value < 0 || start.Value + count.Value > _dims[dim].Value))
            throw new ArgumentOutOfRangeException(nameof(start), $"{start} + {count} of dimension {dim} of {this}");
        var dims = _dims.ToArray();
        dims[dim] = count;
        return new(Storage, dims, _strides, [.. _offset, (start, _strides[dim])]);
    }

    /// <summary>The last dimension n seen as [n / inner, inner].</summary>
    public Tensor SplitLast(int inner)
    {
        var last = _dims[^1];
        if (last.Symbol != null || last.Value % inner != 0) throw new ArgumentException($"the last dimension of {this} does not split into rows of {inner}", nameof(inner));
        return new(Storage, [.. _dims[..^1], last.Value / inner, inner], [.. _strides[..^1], new(inner, null), new(1, null)], _offset);
    }

    /// <summary>Whether its argument changes with the symbols.</summary>
    internal bool IsSymbolic =>
        _dims.Any(static d => d.Symbol != null) || _strides.Any(static s => s.Symbol != null) || _offset.Any(static o => o.Start.Symbol != null || o.Stride.Symbol != null);

    /// <summary>Whether a dimension is a symbol that is now zero.</summary>
    internal bool IsEmpty(ReadOnlySpan<int> symbols)
    {
        foreach (var dim in _dims)
            if (dim.At(symbols) == 0) return true;
        return false;
    }

    internal unsafe KernelArgument Bind(nint storage, ReadOnlySpan<int> symbols)
    {
        long at = 0;
        foreach (var (start, stride) in _offset) at += start.At(symbols) * stride.At(symbols);
        int DimOr1(int i, ReadOnlySpan<int> symbols) => i < _dims.Length ? _dims[i].At(symbols) : 1;
        long StrideOr1(int i, ReadOnlySpan<int> symbols) => i < _dims.Length - 1 ? _strides[i].At(symbols) : 1;
        return new()
        {
            Data = (byte*)storage + at * Element.Size(),
            Dim0 = DimOr1(0, symbols),
            Dim1 = DimOr1(1, symbols),
            Dim2 = DimOr1(2, symbols),
            Dim3 = DimOr1(3, symbols),
            Stride0 = StrideOr1(0, symbols),
            Stride1 = StrideOr1(1, symbols),
            Stride2 = StrideOr1(2, symbols),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Storage.Name}: {Element.ShortName()}[{string.Join(", ", _dims)}]";
}
