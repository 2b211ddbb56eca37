namespace KernelDsl.Runtime.Model;

/// <summary>A tensor of floats.</summary>
/// <param name="rows">Outputs; 1 for a vector.</param>
/// <param name="columns">Inputs; a vector's length.</param>
/// <param name="element">BF16, F16 or F32.</param>
public abstract class FloatTensor(int rows, int columns, ElementType element) : StoredTensor(rows, columns)
{
    /// <summary>BF16, F16 or F32.</summary>
    public ElementType Element { get; } = element;

    /// <summary>The element type as safetensors spells it.</summary>
    public string DType => Element.ShortName().ToUpperInvariant();

    /// <summary>Bytes of a row.</summary>
    protected long RowBytes { get; } = (long)columns * element.Size();

    /// <summary>Rows as they lie in the file.</summary>
    public abstract ReadOnlySpan<byte> Read(int row, int count);

    /// <inheritdoc/>
    public override void Read(int row, int count, Span<float> values) => Elements.ToFloat(Read(row, count), Element, values);
}
