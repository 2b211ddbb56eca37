namespace KernelDsl.Runtime.Model;

/// <summary>Floats of a GGUF file.</summary>
sealed class GgufFloatRows(GgufFile file, GgufTensor tensor, int rows, int columns) : FloatTensor(rows, columns, GgufBlocks.ElementOf(tensor.Type!.Value))
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Read(int row, int count) => file.Read(tensor, row * RowBytes, checked((int)(count * RowBytes)));

    /// <inheritdoc/>
    public override void Drop(int row, int count) => file.Drop(tensor, row * RowBytes, count * RowBytes);
}
