namespace KernelDsl.Runtime.Model;

/// <summary>A tensor that stays floats, in the type that it has.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Tensor">Where it is read.</param>
sealed record FloatCopy(string Name, int[] Shape, FloatTensor Tensor)
{
    // Rows are copied in pieces of about this many bytes: large enough to stream.
    private const int PieceBytes = 8 << 20;

    /// <summary>What will be written.</summary>
    public PlannedTensor Planned => new(Name, Tensor.DType, Shape, (long)Tensor.Rows * RowBytes);

    /// <summary>Writes it; the source's memory is let go.</summary>
    /// <param name="writer">Whose plan has it.</param>
    /// <param name="factors">What it is multiplied with; null: the bytes are copied.</param>
    /// <exception cref="ModelException">The system refuses to write.</exception>
    public void WriteTo(CheckpointWriter writer, ChannelFactors? factors)
    {
        int piece = Math.Max(PieceBytes / RowBytes, 1);
        for (int row = 0; row < Tensor.Rows; row += piece)
        {
            int count = Math.Min(piece, Tensor.Rows - row);
            if (factors == null) writer.Write(Name, (long)row * RowBytes, Tensor.Read(row, count));
            else writer.Write(Name, (long)row * RowBytes, Elements.FromFloat(Multiplied(row, count, factors), Tensor.Element));
            Tensor.Drop(row, count);
        }
    }

    private int RowBytes => Tensor.Columns * Tensor.Element.Size();

    private float[] Multiplied(int row, int count, ChannelFactors factors)
    {
        var values = new float[count * Tensor.Columns];
        Tensor.Read(row, count, values);
        factors.Apply(row, values, Tensor.Columns);
        return values;
    }
}
