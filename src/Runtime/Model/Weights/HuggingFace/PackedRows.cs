namespace KernelDsl.Runtime.Model;

/// <summary>How the integers of a matrix lie.</summary>
enum IntegerLayout
{
    /// <summary>Signed bytes, [outputs, inputs].</summary>
    Bytes,

    /// <summary>Words of consecutive inputs, [outputs, inputs / n].</summary>
    AlongInputs,

    /// <summary>Words of consecutive inputs, [inputs / n, outputs].</summary>
    AlongInputsTransposed,

    /// <summary>Words of interleaved outputs, [inputs, outputs / n].</summary>
    AlongOutputsTransposed,
}

/// <summary>A quantised matrix of a Hugging Face folder.</summary>
/// <param name="rows">Outputs.</param>
/// <param name="columns">Inputs.</param>
/// <param name="format">What it becomes.</param>
/// <param name="bits">Bits of an integer.</param>
/// <param name="layout">Where the integers lie.</param>
/// <param name="integers">They.</param>
/// <param name="scales">[groups, outputs], or [outputs, groups] where <paramref name="layout"/> is not transposed.</param>
/// <param name="zeros">Zero points, where the format has them.</param>
sealed class PackedRows(
    int rows, int columns, WeightFormat format, int bits, IntegerLayout layout, ModuleTensor integers, ModuleTensor scales, ZeroPoints? zeros)
    : IntegerTensor(rows, columns, format)
{
    // AutoAWQ's order: outputs 0, 2, 4, 6, 1, 3, 5, 7 of a run of eight lie in nibbles 0 to 7.
    private static readonly int[] Interleaved = [0, 4, 1, 5, 2, 6, 3, 7];

    /// <summary>Positions of the outputs of a word.</summary>
    public static int[] Order(int bits, bool interleaved) => interleaved ? Interleaved : [.. Enumerable.Range(0, 32 / bits)];

    /// <inheritdoc/>
    public override void Read(int row, int count, Span<sbyte> values, Span<float> scales, Span<float> zeros)
    {
        switch (layout)
        {
            case IntegerLayout.Bytes:
                integers.Row(row, 0, count * Columns, 1).CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values));
                break;
            case IntegerLayout.AlongInputs:
                for (int r = 0; r < count; r++) ReadRow(row + r, values.Slice(r * Columns, Columns));
                break;
            case IntegerLayout.AlongInputsTransposed:
                ReadTransposed(row, count, values);
                break;
            default:
                ReadInterleaved(row, count, values);
                break;
        }
        ReadScales(row, count, scales);
        for (int i = 0; i < zeros.Length; i++) zeros[i] = this.Zeros!.Value.At(row + i / Groups, i % Groups) - Shift;
    }

    /// <inheritdoc/>
    public override void Drop(int row, int count)
    {
        // Transposed rows are everywhere: what is let go, is let go at the end.
        if (row + count == Rows) integers.Drop();
    }

    private ZeroPoints? Zeros { get; } = zeros;

    /// <summary>What is taken from an unsigned integer: bytes are stored signed.</summary>
    private int Shift => bits == 8 ? 128 : 0;

    private void ReadRow(int row, Span<sbyte> values)
    {
        var words = integers.Row(row, 0, integers.Columns, sizeof(int));
        int perWord = 32 / bits;
        for (int i = 0; i < values.Length; i++) values[i] = Field(words, i / perWord, i % perWord);
    }

    private void ReadTransposed(int row, int count, Span<sbyte> values)
    {
        int perWord = 32 / bits;
        for (int k = 0; k < Columns; k += perWord)
        {
            var words = integers.Row(k / perWord, row, count, sizeof(int));
            for (int r = 0; r < count; r++)
            {
                var run = values.Slice(r * Columns + k, perWord);
                for (int i = 0; i < run.Length; i++) run[i] = Field(words, r, i);
            }
        }
    }

    private void ReadInterleaved(int row, int count, Span<sbyte> values)
    {
        int perWord = Interleaved.Length, first = row / perWord, last = (row + count - 1) / perWord;
        for (int k = 0; k < Columns; k++)
        {
            var words = integers.Row(k, first, last - first + 1, sizeof(int));
            for (int r = 0; r < count; r++)
                values[r * Columns + k] = Field(words, (row + r) / perWord - first, Interleaved[(row + r) % perWord]);
        }
    }

    private void ReadScales(int row, int count, Span<float> values)
    {
        var element = scales.Entry.Element!.Value;
        if (layout is IntegerLayout.Bytes or IntegerLayout.AlongInputs)
        {
            Elements.ToFloat(scales.File.Read(scales.Entry, (long)row * Groups * element.Size(), count * Groups * element.Size()), element, values);
            return;
        }
        var line = new float[count];
        for (int g = 0; g < Groups; g++)
        {
            Elements.ToFloat(scales.Row(g, row, count, element.Size()), element, line);
            for (int r = 0; r < count; r++) values[r * Groups + g] = line[r];
        }
    }

    private sbyte Field(ReadOnlySpan<byte> words, int word, int position) => bits == 8
        ? (sbyte)(words[4 * word + position] - 128)
        : (sbyte)(words[4 * word + position / 2] >> (position % 2 * 4) & 15);
}
