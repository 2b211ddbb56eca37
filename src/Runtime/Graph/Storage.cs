namespace KernelDsl.Runtime.Graph;

/// <summary>Memory behind tensors.</summary>
/// <param name="Name">For messages and plans.</param>
/// <param name="Role">Who writes it, and how long it lives.</param>
/// <param name="Element">Type of its elements.</param>
/// <param name="Dims">Dense row-major dimensions.</param>
/// <param name="Buffer">Where it lies, for memory that the graph does not own.</param>
/// <param name="Offset">First byte in <paramref name="Buffer"/>.</param>
sealed record Storage(string Name, StorageRole Role, ElementType Element, Dim[] Dims, DeviceBuffer? Buffer = null, long Offset = 0)
{
    public long Bytes(ReadOnlySpan<int> symbols)
    {
        long elements = 1;
        foreach (var dim in Dims) elements *= dim.At(symbols);
        return elements * Element.Size();
    }
}

/// <summary>Who writes a tensor's memory, and how long it lives.</summary>
enum StorageRole
{
    /// <summary>Written and read by launches; its memory is reused after its last use.</summary>
    Temporary,

    /// <summary>Written by the host before a replay.</summary>
    Input,

    /// <summary>Read by the host after a replay.</summary>
    Output,

    /// <summary>Memory that lives outside the graph: norms, biases, tables.</summary>
    Device,
}
