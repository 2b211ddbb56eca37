namespace KernelDsl.Runtime.Model;

/// <summary>Floats of a GGUF file.</summary>
sealed class GgufFloatRows(GgufFile file, GgufTensor tensor, int rows, int columns) : FloatTensor(rows, columns, ElementOf(tensor.Type))
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Read(int row, int count) => file.Read(tensor, row * RowBytes, checked((int)(count * RowBytes)));

    /// <inheritdoc/>
    public override void Drop(int row, int count) => file.Drop(tensor, row * RowBytes, count * RowBytes);

    private static ElementType ElementOf(GgufType? type) => type switch
    {
        GgufType.F16 => ElementType.Float16,
        GgufType.BF16 => ElementType.BFloat16,
        _ => ElementType.Float32,
    };
}
