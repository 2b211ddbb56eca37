using System.Runtime.InteropServices;
using KernelDsl.Runtime.Backend;

namespace KernelDsl.Runtime.Model;

/// <summary>Packs tensors into a matrix, piece by piece, letting go of the mapped file behind itself. May be used by several threads.</summary>
sealed class WeightPacker(IBackend backend)
{
    // Rows are packed in pieces of about this size: large enough to stream, small enough not to matter beside the weights.
    private const int PieceBytes = 8 << 20;

    // Pieces begin at multiples of this: every back end's panels divide it.
    private const int PieceRows = 256;

    /// <summary>Packs all parts, one below the other.</summary>
    public void Pack(PackedWeight weight, IEnumerable<StoredTensor> parts)
    {
        int firstRow = 0;
        foreach (var part in parts)
        {
            Pack(weight, firstRow, part);
            firstRow += part.Rows;
        }
    }

    private void Pack(PackedWeight weight, int firstRow, StoredTensor part)
    {
        int size = part is FloatTensor floats ? floats.Element.Size() : sizeof(float);
        int piece = Math.Max(PieceBytes / (weight.Inputs * size) / PieceRows, 1) * PieceRows;
        for (int row = 0; row < part.Rows; row += piece)
        {
            int count = Math.Min(piece, part.Rows - row);
            if (part is FloatTensor f)
                backend.PackWeight(weight, firstRow + row, count, f.Read(row, count), f.Element);
            else if (part is IntegerTensor integers && weight.Format.IsQuantised)
                PackIntegers(weight, firstRow + row, integers, row, count);
            else
                PackFloats(weight, firstRow + row, part, row, count);
            part.Drop(row, count);
        }
    }

    private void PackIntegers(PackedWeight weight, int firstRow, IntegerTensor part, int row, int count)
    {
        var values = new sbyte[count * part.Columns];
        float[] scales = new float[count * part.Groups], zeros = new float[part.Format.HasZeros ? scales.Length : 0];
        part.Read(row, count, values, scales, zeros);
        if (part.Format == weight.Format)
        {
            backend.PackWeight(weight, firstRow, count, new QuantisedRows(values, scales, zeros));
            return;
        }
        var splitScales = new float[count * (weight.Inputs / weight.Format.Group)];
        var splitZeros = new float[weight.Format.HasZeros ? splitScales.Length : 0];
        CommonFormat.Convert(part.Format, weight.Format, values, scales, zeros, splitScales, splitZeros);
        backend.PackWeight(weight, firstRow, count, new QuantisedRows(values, splitScales, splitZeros));
    }

    private void PackFloats(PackedWeight weight, int firstRow, StoredTensor part, int row, int count)
    {
        var values = new float[count * part.Columns];
        part.Read(row, count, values);
        backend.PackWeight(weight, firstRow, count, MemoryMarshal.AsBytes<float>(values), ElementType.Float32);
    }
}
