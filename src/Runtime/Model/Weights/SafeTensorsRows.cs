namespace KernelDsl.Runtime.Model;

/// <summary>Floats of a safetensors file.</summary>
sealed class SafeTensorsRows(SafeTensorsFile file, TensorEntry entry, int rows, int columns) : FloatTensor(rows, columns, entry.Element!.Value)
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Read(int row, int count) => file.Read(entry, row * RowBytes, checked((int)(count * RowBytes)));

    /// <inheritdoc/>
    public override void Drop(int row, int count) => file.Drop(entry, row * RowBytes, count * RowBytes);
}
